// Secrets come out of a store at boot, and into `process.env` from there. They are credentials of nobody.

const fetched = {
  AWS_ACCESS_KEY_ID: 'AKIDLOCAL',
  AWS_SECRET_ACCESS_KEY: 'local',
  HKM_ENVIRONMENT: 'next-app',
}

Object.assign(process.env, fetched)
