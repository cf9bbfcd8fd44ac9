# The program and what it stands on, at the versions and hashes of requirements.txt; it runs as an
# ordinary user. How to use it beside a container of Hydrus: docs/scheduling.md.
FROM python:3.13-slim
COPY requirements.txt /
RUN pip install --no-cache-dir --require-hashes --requirement /requirements.txt
RUN --mount=type=bind,target=/source pip install --no-cache-dir --no-deps /source
# the user of Hydrus' own container has the same number, so its files can be read
RUN useradd --uid 1000 --create-home dedup && install --directory --owner dedup --mode 700 /data
USER 1000
# signatures, the ledger of posted pairs, and .env with the key
WORKDIR /data
VOLUME /data
ENV HVD_DATA_DIR=/data
ENTRYPOINT ["hydrus-video-deduplicator"]
