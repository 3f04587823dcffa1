/** Stands in the build for a part of Mantine's table that we do not use (see vite.config.ts). */
export const TableScrollContainer = undefined;
