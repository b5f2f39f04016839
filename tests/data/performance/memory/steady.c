#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 40;
    char **held = malloc(n * sizeof *held);
    for (int i = 0; i < n; i++) { held[i] = malloc(5000); memset(held[i], 1, 5000); }
    for (int i = n / 2; i < n; i++) free(held[i]);
    for (int i = 0; i < n / 2; i++) free(held[i]);
    free(held);
    return 0;
}
