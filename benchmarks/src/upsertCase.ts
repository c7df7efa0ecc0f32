export const dimension = 1536

export const perRequest = 100
