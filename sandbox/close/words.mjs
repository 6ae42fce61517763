// Word lists for generated rows: many scripts, and the characters that break careless code.

export const COMPANY_WORDS = [
  ['Acme', 'Northwind', 'Blue Harbor', 'Café Zürich', 'Umbra', 'Fjord & Sons', 'Łódź Works'],
  ['Ромашка', 'Северный ветер', 'Завод', 'Ёлка'],
  ['Αθήνα', 'Νέα Εποχή', 'Ήλιος'],
  ['شركة النور', 'الأمل', 'بيت الحكمة'],
  ['אור חדש', 'שלום', 'גשר'],
  ['नया सवेरा', 'भारत उद्योग', 'गंगा'],
  ['東京商事', '山田製作所', 'さくら', 'カタカナ工業'],
  ['北京科技', '长城', '客户服务'],
  ['한빛전자', '서울상사'],
  ['ไทยรุ่งเรือง', 'สยาม'],
  ['თბილისი', 'მზე'],
];

export const COMPANY_TAILS = ['Ltd', 'GmbH', 'S.A.', 'Inc', 'Group', 'Trading', 'Labs', '& Co',
  'Holding', 'AS'];

// Whole names with something odd in them; used for a few percent of the rows.
export const ODD_NAMES = [
  'O\'Brien "Quoted" Ltd', 'Back\\slash \\n Inc', 'Line\u2028Separator', 'Tab\tand\nnewline',
  '100% Pure_Gold', 'ACME', 'acme', 'Acme ', ' Acme', 'Rocket 🚀 Labs 👩‍🔬', 'مرحبا (عربي) 123',
  'Cafe\u0301 Zu\u0308rich', 'CAFÉ ZÜRICH', 'null', 'NULL', 'a', 'x@y.test', 'İstanbul Ticaret',
  'Straße', 'STRASSE', '<b>bold</b> & more', '{"json":true}', '$1; DROP TABLE leads; --',
  'Zero\u200BWidth', '🇫🇷🇯🇵', '.', '--', '\u202Eright to left', 'Comma, Inc', 'semi;colon',
];

export const FIRST_NAMES = ['Ida', 'Omar', 'Zoë', 'José', 'Ольга', 'Иван', 'Ελένη', 'محمد', 'שרה',
  'अनिल', '花子', '伟', '지민', 'สมชาย', 'ნინო', 'Ann-Marie', 'D\'Arcy', 'Łukasz', 'Søren', 'Ida'];

export const LAST_NAMES = ['Ek', 'Nguyễn', 'García', 'Müller', 'Петрова', 'Παππάς', 'العلي', 'כהן',
  'शर्मा', '山田', '王', '김', 'ใจดี', 'ბერიძე', 'O\'Neil', 'van der Berg', 'Smith', 'Smith'];

export const TITLES = ['CFO', 'CEO', 'Head of Sales', 'Buyer', 'Ingénieur', 'Директор', '部長',
  'VP "Growth"', 'cto'];

export const TEXT_WORDS = ['limitless', 'paper', 'renewal', 'contract', 'quarter', 'budget',
  'клиент', 'договор', '客户', 'προϊόν', 'سعر', 'मूल्य', 'café', 'naïve', 'a\\b', '"said"',
  'follow-up', '50%', 'under_score', '🙂', 'x@y.test.other', 'O\'Brien', 'ACME', 'acme'];

export const CITIES = [['Oslo', 'NO', 'Europe/Oslo', ''], ['Berlin', 'DE', 'Europe/Berlin', ''],
  ['San Francisco', 'US', 'America/Los_Angeles', 'CA'], ['New York', 'US', 'America/New_York', 'NY'],
  ['東京', 'JP', 'Asia/Tokyo', ''], ['São Paulo', 'BR', 'America/Sao_Paulo', 'SP'],
  ['Москва', 'RU', 'Europe/Moscow', ''], ['القاهرة', 'EG', 'Africa/Cairo', '']];

export const EMAIL_TYPES = ['office', 'home', 'direct', 'mobile', 'other'];
export const PHONE_TYPES = ['office', 'mobile', 'direct', 'home'];
export const DIAL = { NO: '+4721', DE: '+4930', US: '+1415', JP: '+8130', BR: '+5511',
  RU: '+7495', EG: '+2022' };
