// What must hold of a heartbeat, whatever the churn: one property of each kind, typed by the model's state.
import { always, eventually, plateaus, settles } from 'quicksoak/properties';
import { heartbeat } from './heartbeat.js';

export const neverSuspectsItself = always(heartbeat, {
  name: 'never-suspects-itself',
  holds: ({ suspected }, { peer }) => !suspected.has(peer) || `${peer} suspects itself`,
});

export const findsSomebody = eventually(heartbeat, {
  name: 'finds-somebody',
  within: '5s',
  holds: ({ heard }) => heard.size > 0,
});

export const suspicionsPlateau = plateaus(heartbeat, {
  name: 'suspicions-plateau',
  measure: ({ suspected }) => suspected.size,
  leastGrowth: 3,
});

export const beatsSettle = settles(heartbeat, {
  name: 'beats-settle',
  count: ({ beats }) => beats,
});
