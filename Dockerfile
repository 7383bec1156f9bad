# One image for the server, the worker and every command: docs/operations.md, Containers.

FROM python:3.13-slim AS build
WORKDIR /srv/subtitles
RUN python -m venv .venv
COPY requirements.txt ./
RUN .venv/bin/python -m pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home subtitles && install -d -m 700 -o subtitles /data
WORKDIR /srv/subtitles
COPY --from=build /srv/subtitles/.venv .venv
COPY manage.py LICENSE ./
COPY amara_api amara_api
COPY users users
COPY teams teams
COPY videos videos
COPY subtitles subtitles
COPY activity activity
RUN .venv/bin/python -m compileall -q amara_api users teams videos subtitles activity
ENV PATH=/srv/subtitles/.venv/bin:/usr/local/bin:/usr/bin:/bin
ENV PYTHONUNBUFFERED=1
ENV AMARA_DATA_DIR=/data
ENV HOST=0.0.0.0
ENV PORT=8000
USER subtitles
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=4)"]
CMD ["sh", "-c", "python manage.py setup && exec python manage.py serve"]
