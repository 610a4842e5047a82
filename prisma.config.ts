import { defineConfig } from 'prisma/config';

/** For Prisma's command line. `generate` and the migration scripts need no address; `migrate deploy` and `migrate status` do. */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(process.env.DATABASE_URL ? { datasource: { url: process.env.DATABASE_URL } } : {}),
});
