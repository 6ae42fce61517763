import { ACTIVITIES } from './activities.mjs';
import { SALES } from './sales.mjs';
import { SERVICE } from './service.mjs';
import { SETUP } from './setup.mjs';

export const STANDARD = [...SALES, ...ACTIVITIES, ...SERVICE, ...SETUP];
