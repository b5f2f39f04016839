#include <stdlib.h>
#include <string.h>
#include <stdio.h>
struct node { struct node *next; char load[84]; };
static void *kept;
int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 3;
    kept = malloc(40);
    struct node *head = 0;
    for (int i = 0; i < n; i++) { struct node *one = malloc(sizeof *one); one->next = head; head = one; }
    head = 0;
    char *inside = malloc(56); static char *p; p = inside + 8; inside = 0;
    for (int i = 0; i < 2; i++) { char *x = malloc(7); x[0] = 1; x = 0; }
    int *u = malloc(sizeof(int) * 4); if (argc > 2 && u[1] > 3) printf("yes\n");
    free(u);
    return 0;
}
