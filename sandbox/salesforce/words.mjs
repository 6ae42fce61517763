// Words for generated rows: many scripts, and what breaks careless comparisons.

export const COMPANIES = ['Acme', 'Northwind', 'Globex', 'Initech', 'Blue Harbor', 'Café Zürich',
  'Łódź Works', 'Ромашка', 'Северный ветер', 'Αθήνα', 'Νέα Εποχή', 'شركة النور', 'אור חדש',
  'नया सवेरा', '東京商事', 'さくら', '北京科技', '长城', '한빛전자', 'ไทยรุ่งเรือง', 'თბილისი'];

export const TAILS = ['Ltd', 'GmbH', 'S.A.', 'Inc', 'Group', '& Sons', 'Labs', 'Holding', 'AS'];

// Values that differ by case, accents or normalisation only, LIKE's own characters, quotes,
// separators, emoji, right-to-left marks. A NO-BREAK SPACE survives trimming, a blank does not.
export const TRICKY = ['acme', 'ACME', 'Acme', 'aCmE', 'Acme\u00a0', 'café', 'CAFÉ', 'cafe', 'CAFE',
  'cafe\u0301', 'naïve', 'straße', 'STRASSE', 'ſtrasse', 'İstanbul', 'istanbul', 'ISTANBUL', 'ısı',
  '\u212Ailo', 'kilo', 'KILO', 'Ωmega', 'ωMEGA', 'ﬀ', 'FF', '100%', '100% pure', '50_percent',
  'a_b', 'aXb', '%', '_', 'back\\slash', '\\', '\\n', 'O\'Brien', 'O\'\'Brien', '"quoted"', '\'',
  'line\u2028separator', 'tab\tinside', '🚀', 'Rocket 🚀 Labs', '👩‍🔬', '🇫🇷🇯🇵', 'مرحبا (عربي) 123',
  '\u202Eright to left', 'שלום world', 'null', 'NULL', 'true', '0', '-1', 'a;b', 'a,b', '{"a":1}',
  '<b>bold</b>', 'zero\u200Bwidth', 'x\'; SELECT Id FROM User --', 'Z', '_Z', 'zebra', 'Ängström',
  'angstrom', 'ÅNGSTRÖM', 'Ａｃｍｅ', '東京', 'とうきょう', 'トウキョウ', '서울', 'กรุงเทพ'];

export const FIRST_NAMES = ['Ida', 'Omar', 'Zoë', 'José', 'Jose', 'Ольга', 'Иван', 'Ελένη', 'محمد',
  'שרה', 'अनिल', '花子', '伟', '지민', 'สมชาย', 'ნინო', 'Ann-Marie', 'D\'Arcy', 'Łukasz', 'İbrahim',
  'ida', 'IDA'];

export const LAST_NAMES = ['Ek', 'Nguyễn', 'García', 'Garcia', 'GARCIA', 'Müller', 'Mueller',
  'Петрова', 'Παππάς', 'العلي', 'כהן', 'शर्मा', '山田', '王', '김', 'ใจดี', 'ბერიძე', 'O\'Neil',
  'van der Berg', 'Smith', 'smith', 'SMITH', '\u212Alein', 'Weiß', 'Weiss', '100%_Real'];

export const TITLES = ['CFO', 'CEO', 'cfo', 'Head of Sales', 'Buyer', 'Ingénieur', 'Директор', '部長',
  'VP "Growth"', 'VP_Ops', '50% Owner'];

export const CITIES = ['Oslo', 'Berlin', 'San Francisco', '東京', 'São Paulo', 'Sao Paulo', 'Москва',
  'القاهرة', 'İstanbul', 'oslo', 'OSLO'];

export const COUNTRIES = ['Norway', 'Germany', 'USA', 'Japan', 'Brasil', 'Россия', 'مصر', 'Türkiye'];

export const DOMAINS = ['example.com', 'x.test', 'EXAMPLE.com', 'acme.test', 'bücher.test'];

export const SENTENCES = ['Call back next week.', 'Asked for 50% off & "terms".', 'Договор подписан.',
  '客户想要一个演示。', 'يرجى الاتصال غدا.', 'Budget: 10_000\\year', 'O\'Brien said: it\'s fine 🙂',
  'Cafe\u0301 meeting at 10.', 'see acme / ACME', 'Line\u2028break', 'नमस्ते दुनिया', 'לא עכשיו'];
