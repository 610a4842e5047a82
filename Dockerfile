# syntax=docker/dockerfile:1
# One image for every role; BELLWETHER_ROLE says which. Both stores are given by address: nothing is embedded here.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev
COPY prisma prisma
COPY prisma.config.ts tsconfig.json tsconfig.build.json schema.graphql ./
COPY scripts/dashboard-types.ts scripts/
COPY src src
RUN npm run build

# Optional packages are the embedded PostgreSQL, which a container has no use for, and native speed-ups.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:24-slim
LABEL org.opencontainers.image.title="Bellwether" \
      org.opencontainers.image.description="Experimentation platform with a GraphQL API"
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 BELLWETHER_DATA_DIR=/data
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY prisma/migrations prisma/migrations
# The snapshot that lets an instance start while both stores are away.
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 4000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=5 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# In exec form: the signal of a stop reaches the service itself, which ends within 5 s.
CMD ["node", "dist/main.js"]
