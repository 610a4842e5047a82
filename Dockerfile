# syntax=docker/dockerfile:1
# One image for every role: `api`, `worker` or `migrate` behind its name says which, or BELLWETHER_ROLE. Both stores are given by address:
# nothing is embedded here. `npm run image:check` follows these steps where there is no engine to build with.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --include=dev
COPY prisma prisma
COPY prisma.config.ts tsconfig.json tsconfig.build.json schema.graphql ./
COPY scripts/dashboard-types.ts scripts/
COPY src src
RUN npm run build

# Optional packages are the embedded PostgreSQL, which a container has no use for, and native speed-ups; peers are the tools of Prisma.
# Of Prisma's compilers, 70 MB, the one for PostgreSQL is used.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=optional --omit=peer --ignore-scripts && \
    find node_modules/@prisma/client/runtime -name 'query_compiler_*' ! -name 'query_compiler_small_bg.postgresql.*' -delete && \
    find node_modules -name '*.map' -delete

FROM node:24-slim
LABEL org.opencontainers.image.title="Bellwether" \
      org.opencontainers.image.description="Experimentation platform with a GraphQL API"
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 BELLWETHER_DATA_DIR=/data
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json schema.graphql ./
COPY prisma/migrations prisma/migrations
# The snapshot that lets an instance start while both stores are away.
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 4000
# Of every role that stays: a worker answers here too.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# In exec form: the signal of a stop reaches the service itself, which drains and ends within 8 s.
ENTRYPOINT ["node", "dist/main.js"]
