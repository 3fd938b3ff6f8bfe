export const bounds = { pages: 48, pictures: 300, guests: 24 };
