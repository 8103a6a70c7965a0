# syntax=docker/dockerfile:1

# Builds the program and the Studio. `npm install` follows the lock file; it needs the development dependencies here.
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm install --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json tsconfig.studio.json vite.config.ts ./
COPY src ./src
RUN npm run prepack

# What runs: the built program and the packages it needs, nothing else.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm install --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force

# The process in which programs of agents run and files of runs are kept. It knows no database and no key but the secret
# that it shares with the server, and needs a writable /workspaces alone. It refuses to start without LOGLINE_SHARED_SECRET.
FROM node:24-slim AS executor
LABEL org.opencontainers.image.title="Countersign executor" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    EXECUTOR_HOST=0.0.0.0 \
    EXECUTOR_PORT=8080 \
    EXECUTOR_WORKSPACE_DIR=/workspaces \
    LOG_JSON=true
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY package.json LICENSE ./
RUN mkdir /workspaces && chown node:node /workspaces && chmod 700 /workspaces
VOLUME /workspaces
USER node
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.EXECUTOR_PORT}/health`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js", "executor"]

# The server. Last, so that it is what is built where no target is named.
FROM node:24-slim AS brain
LABEL org.opencontainers.image.title="Countersign" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data \
    LOG_JSON=true
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY package.json README.md CHANGELOG.md LICENSE ./
COPY bin ./bin
COPY migrations ./migrations
COPY contracts ./contracts
RUN ln -s /app/bin/countersign.mjs /usr/local/bin/countersign \
    && mkdir /data && chown node:node /data && chmod 700 /data
# Keys, the installation's name and, without DATABASE_URL, the embedded database.
VOLUME /data
USER node
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# HOST is reachable from outside, so the program refuses to start without AUTH_SECRET.
CMD ["node", "dist/main.js", "serve"]
