# The same commands in a container:
#   docker build -t repo-vitals . && docker run --rm -e GITHUB_TOKEN repo-vitals community-metrics --repository owner/name
FROM python:3.13-slim-bookworm

# git is read by the monitors that look at a history. Debian keeps only the newest version of a release, so a pinned one
# would stop building within weeks.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 vitals

COPY bin /opt/repo-vitals/bin
COPY requirements /opt/repo-vitals/requirements
COPY src /opt/repo-vitals/src

# The environment of every set of extras is made here, so that a container starts at once, needs no package index and
# writes nothing.
ENV REPO_VITALS_CACHE=/opt/repo-vitals/environments
RUN /opt/repo-vitals/bin/repo-vitals --version \
    && /opt/repo-vitals/bin/repo-vitals community-metrics --help > /dev/null \
    && /opt/repo-vitals/bin/repo-vitals ci-health --help > /dev/null \
    && /opt/repo-vitals/bin/repo-vitals dependency-health --help > /dev/null \
    && /opt/repo-vitals/bin/repo-vitals security-summary --help > /dev/null \
    && /opt/repo-vitals/bin/repo-vitals coverage --help > /dev/null \
    && /opt/repo-vitals/bin/repo-vitals performance-compare --help > /dev/null \
    && /opt/repo-vitals/bin/repo-vitals docs-freshness --help > /dev/null \
    && /opt/repo-vitals/bin/repo-vitals run --help > /dev/null \
    && /opt/repo-vitals/bin/repo-vitals demo --help > /dev/null \
    && /opt/repo-vitals/bin/repo-vitals simulator --help > /dev/null \
    && chmod -R a+rX /opt/repo-vitals

USER 10001
WORKDIR /work
ENTRYPOINT ["/opt/repo-vitals/bin/repo-vitals"]
CMD ["--help"]
