// The kinds of activity this sandbox has (close 4.5): the name of the table, which is the one
// search uses, the path below /activity/, the `_type` of its rows, and its share in percent.

const type = (name, path, word, share) => ({ table: `activity.${name}`, path, word, share });

export const ACTIVITY_TYPES = [
  type('note', 'note', 'Note', 25),
  type('call', 'call', 'Call', 20),
  type('email', 'email', 'Email', 20),
  type('sms', 'sms', 'SMS', 8),
  type('meeting', 'meeting', 'Meeting', 7),
  type('created', 'created', 'Created', 8),
  type('lead_status_change', 'status_change/lead', 'LeadStatusChange', 5),
  type('opportunity_status_change', 'status_change/opportunity', 'OpportunityStatusChange', 3),
  type('task_completed', 'task_completed', 'TaskCompleted', 4),
];

export const ACTIVITY_TABLES = ACTIVITY_TYPES.map(({ table }) => table);

// Search is not known to return the rest (close 5.4).
export const SEARCHED_ACTIVITIES = ACTIVITY_TABLES.filter((name) => name !== 'activity.created');

// What a list of all types can be asked for (close 4.5); this organization has no rows of the rest.
export const ACTIVITY_WORDS = [...ACTIVITY_TYPES.map(({ word }) => word), 'EmailThread',
  'WhatsAppMessage', 'FormSubmission', 'LeadMerge', 'CustomActivity', 'Custom'];
