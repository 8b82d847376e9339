/** How many times as long as on a machine of its own a child may take, such as under an emulator. */
export const PATIENCE = Number(process.env.HKM_TEST_PATIENCE ?? 1)
