// The least that shows each defect: made by `npm run shrink-corpus`, not by hand.
// Invariant: a test runs each with its defect, where it breaks what is said here, and without, where everything holds.
import type { ScenarioInput } from '../soak/scenario.ts';

/** A shrunk case: its scenario without defects, and the properties that its defects break in it. */
export interface ShrunkCase {
  readonly scenario: ScenarioInput;
  readonly breaks: readonly string[];
}

/** By defect. */
// prettier-ignore
export const SHRUNK: Readonly<Record<string, ShrunkCase>> = {
  "peer-topics-not-pruned": {
    "scenario": {
      "name": "peer-topics-not-pruned",
      "seed": "corpus",
      "nodes": 4,
      "for": "11m22s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {
        "version": 1,
        "actions": [
          {"atUs":193000000,"kind":"kill","peer":2},
          {"atUs":356000000,"kind":"kill","peer":3},
          {"atUs":519000000,"kind":"kill","peer":1}
        ]
      },
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["residue-bounded"]
  },
  "hyparview-data-kept-on-passive-eviction": {
    "scenario": {
      "name": "hyparview-data-kept-on-passive-eviction",
      "seed": "corpus",
      "for": "19m21s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {
        "version": 1,
        "actions": [
          {"atUs":1000000,"kind":"respawn","peer":9,"fresh":20},
          {"atUs":2000000,"kind":"respawn","peer":6,"fresh":21},
          {"atUs":3000000,"kind":"respawn","peer":18,"fresh":22},
          {"atUs":4000000,"kind":"respawn","peer":14,"fresh":23},
          {"atUs":5000000,"kind":"respawn","peer":23,"fresh":24},
          {"atUs":6000000,"kind":"respawn","peer":11,"fresh":25},
          {"atUs":7000000,"kind":"respawn","peer":20,"fresh":26},
          {"atUs":8000000,"kind":"respawn","peer":8,"fresh":27},
          {"atUs":171000000,"kind":"respawn","peer":24,"fresh":28},
          {"atUs":172000000,"kind":"kill","peer":22},
          {"atUs":173000000,"kind":"respawn","peer":19,"fresh":29},
          {"atUs":174000000,"kind":"respawn","peer":10,"fresh":30},
          {"atUs":175000000,"kind":"kill","peer":29},
          {"atUs":176000000,"kind":"respawn","peer":26,"fresh":31},
          {"atUs":177000000,"kind":"respawn","peer":12,"fresh":32},
          {"atUs":178000000,"kind":"respawn","peer":25,"fresh":33},
          {"atUs":341000000,"kind":"respawn","peer":17,"fresh":34},
          {"atUs":342000000,"kind":"respawn","peer":33,"fresh":35},
          {"atUs":343000000,"kind":"respawn","peer":27,"fresh":36},
          {"atUs":344000000,"kind":"kill","peer":21},
          {"atUs":507000000,"kind":"respawn","peer":35,"fresh":37},
          {"atUs":670000000,"kind":"respawn","peer":32,"fresh":38},
          {"atUs":671000000,"kind":"respawn","peer":13,"fresh":39},
          {"atUs":834000000,"kind":"respawn","peer":31,"fresh":40},
          {"atUs":997000000,"kind":"kill","peer":7},
          {"atUs":998000000,"kind":"respawn","peer":28,"fresh":41}
        ]
      },
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["residue-bounded","collections-plateau"]
  },
  "hyparview-data-kept-on-neighbor-timeout": {
    "scenario": {
      "name": "hyparview-data-kept-on-neighbor-timeout",
      "seed": "corpus",
      "nodes": 8,
      "for": "13m41s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {
        "version": 1,
        "actions": [
          {"atUs":1000000,"kind":"respawn","peer":3,"fresh":8},
          {"atUs":164000000,"kind":"respawn","peer":2,"fresh":9},
          {"atUs":166000000,"kind":"respawn","peer":6,"fresh":10},
          {"atUs":329000000,"kind":"respawn","peer":9,"fresh":11},
          {"atUs":330000000,"kind":"respawn","peer":5,"fresh":12},
          {"atUs":493000000,"kind":"respawn","peer":8,"fresh":13},
          {"atUs":494000000,"kind":"kill","peer":7},
          {"atUs":495000000,"kind":"kill","peer":4},
          {"atUs":658000000,"kind":"kill","peer":11}
        ]
      }
    },
    "breaks": ["residue-bounded"]
  },
  "hyparview-data-kept-on-active-discard": {
    "scenario": {
      "name": "hyparview-data-kept-on-active-discard",
      "seed": "corpus",
      "nodes": 4,
      "for": "11m22s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {
        "version": 1,
        "actions": [
          {"atUs":193000000,"kind":"kill","peer":2},
          {"atUs":356000000,"kind":"kill","peer":3},
          {"atUs":519000000,"kind":"kill","peer":1}
        ]
      },
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["residue-bounded"]
  },
  "hyparview-pending-outlives-neighbor": {
    "scenario": {
      "name": "hyparview-pending-outlives-neighbor",
      "seed": "corpus",
      "nodes": 10,
      "for": "3m13s",
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[]},
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["views-symmetric"]
  },
  "plumtree-lazy-queue-kept": {
    "scenario": {
      "name": "plumtree-lazy-queue-kept",
      "seed": "corpus",
      "nodes": 10,
      "for": "11m23s",
      "profile": {"name":"none","params":{}},
      "plan": {
        "version": 1,
        "actions": [
          {"atUs":193000000,"kind":"respawn","peer":6,"fresh":10},
          {"atUs":194000000,"kind":"kill","peer":3},
          {"atUs":357000000,"kind":"kill","peer":9},
          {"atUs":520000000,"kind":"kill","peer":2}
        ]
      },
      "workload": {"broadcastsPerSecond":20}
    },
    "breaks": ["residue-bounded"]
  },
  "plumtree-seen-ids-never-expire": {
    "scenario": {
      "name": "plumtree-seen-ids-never-expire",
      "seed": "corpus",
      "nodes": 2,
      "for": "13m35s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[]},
      "workload": {"broadcastsPerSecond":0.1}
    },
    "breaks": ["collections-plateau"]
  },
  "plumtree-missing-unbounded": {
    "scenario": {
      "name": "plumtree-missing-unbounded",
      "seed": "corpus",
      "nodes": 2,
      "for": "11m22s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[{"atUs":193000000,"kind":"act","peer":1,"act":"advertise-only","args":{"on":true}}]},
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["collections-plateau"]
  },
  "plumtree-late-message-revives-peer": {
    "scenario": {
      "name": "plumtree-late-message-revives-peer",
      "seed": "corpus",
      "nodes": 8,
      "for": "11m22s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {
        "version": 1,
        "actions": [
          {"atUs":193000000,"kind":"kill","peer":5},
          {"atUs":356000000,"kind":"kill","peer":7},
          {"atUs":519000000,"kind":"kill","peer":6}
        ]
      },
      "workload": {"broadcastsPerSecond":10}
    },
    "breaks": ["residue-bounded"]
  },
  "app-join-every-tick": {
    "scenario": {
      "name": "app-join-every-tick",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 2,
      "for": "4m43s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[]},
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["joins-bounded","cost-settles"]
  },
  "gossip-join-always-dials": {
    "scenario": {
      "name": "gossip-join-always-dials",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 2,
      "for": "4m43s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[]},
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["joins-bounded","cost-settles"]
  },
  "app-joined-set-never-shrinks": {
    "scenario": {
      "name": "app-joined-set-never-shrinks",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 4,
      "for": "17m18s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {
        "version": 1,
        "actions": [
          {"atUs":282000000,"kind":"kill","peer":3},
          {"atUs":534000000,"kind":"kill","peer":2},
          {"atUs":786000000,"kind":"kill","peer":1}
        ]
      },
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["residue-bounded"]
  },
  "app-mesh-id-registry-insert-only": {
    "scenario": {
      "name": "app-mesh-id-registry-insert-only",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 4,
      "for": "17m18s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {
        "version": 1,
        "actions": [
          {"atUs":282000000,"kind":"kill","peer":3},
          {"atUs":534000000,"kind":"kill","peer":2},
          {"atUs":786000000,"kind":"kill","peer":1}
        ]
      },
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["residue-bounded"]
  },
  "app-registry-overwrite": {
    "scenario": {
      "name": "app-registry-overwrite",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 2,
      "for": "4m42s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[{"atUs":30000000,"kind":"act","peer":1,"act":"dial-again","args":{}}]},
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["connections-bounded"]
  },
  "app-continue-on-closed": {
    "scenario": {
      "name": "app-continue-on-closed",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 2,
      "for": "2s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[{"atUs":1000000,"kind":"act","peer":0,"act":"close-topic","args":{}}]},
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["no-busy-loop"]
  },
  "app-origin-map": {
    "scenario": {
      "name": "app-origin-map",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 6,
      "for": "5m25s",
      "config": {
        "hyparview": {"shuffleIntervalUs":15000000,"joinBackoffMaxUs":15000000},
        "plumtree": {"idRetentionUs":20000000},
        "app": {"announceIntervalUs":15000000,"announceLifetimeUs":30000000,"floodGuardUs":15000000}
      },
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {
        "version": 1,
        "actions": [
          {"atUs":102000000,"kind":"respawn","peer":3,"fresh":6},
          {"atUs":103000000,"kind":"kill","peer":2},
          {"atUs":104000000,"kind":"respawn","peer":5,"fresh":7},
          {"atUs":176000000,"kind":"respawn","peer":6,"fresh":8},
          {"atUs":177000000,"kind":"respawn","peer":8,"fresh":9},
          {"atUs":178000000,"kind":"respawn","peer":7,"fresh":10},
          {"atUs":179000000,"kind":"respawn","peer":1,"fresh":11},
          {"atUs":251000000,"kind":"respawn","peer":11,"fresh":12},
          {"atUs":252000000,"kind":"respawn","peer":4,"fresh":13},
          {"atUs":253000000,"kind":"respawn","peer":12,"fresh":14}
        ]
      }
    },
    "breaks": ["collections-plateau"]
  },
  "app-instrumented-loop": {
    "scenario": {
      "name": "app-instrumented-loop",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 2,
      "for": "18m",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[]},
      "workload": {"broadcastsPerSecond":0.5}
    },
    "breaks": ["spans-bounded"]
  },
  "otel-debug-floor": {
    "scenario": {
      "name": "otel-debug-floor",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 2,
      "for": "17m18s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[]},
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["spans-bounded"]
  },
  "otel-span-per-connection-handler": {
    "scenario": {
      "name": "otel-span-per-connection-handler",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 3,
      "for": "21m",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[]},
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["spans-bounded"]
  },
  "sampler-enumerates-processes": {
    "scenario": {
      "name": "sampler-enumerates-processes",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 2,
      "for": "18m",
      "config": {"telemetry":{"hostProcesses":2000}},
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[]},
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["heap-plateaus"]
  },
  "gossip-send-arm-disabled": {
    "scenario": {
      "name": "gossip-send-arm-disabled",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 2,
      "for": "4m42s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[]},
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["connections-bounded"]
  },
  "gossip-join-both-halves": {
    "scenario": {
      "name": "gossip-join-both-halves",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 2,
      "for": "4m42s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[]},
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["connections-bounded"]
  },
  "gossip-peer-kept-on-close": {
    "scenario": {
      "name": "gossip-peer-kept-on-close",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 4,
      "for": "17m18s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {
        "version": 1,
        "actions": [
          {"atUs":282000000,"kind":"respawn","peer":3,"fresh":4},
          {"atUs":534000000,"kind":"kill","peer":2},
          {"atUs":786000000,"kind":"kill","peer":1}
        ]
      },
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["residue-bounded"]
  },
  "gossip-peer-kept-on-dial-failure": {
    "scenario": {
      "name": "gossip-peer-kept-on-dial-failure",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 8,
      "for": "4m52.923365s",
      "config": {"hyparview":{"shuffleIntervalUs":1000000}},
      "profile": {"name":"none","params":{}},
      "plan": {
        "version": 1,
        "actions": [
          {"atUs":30000000,"kind":"restart","peer":3,"downUs":4451234},
          {"atUs":36923365,"kind":"restart","peer":3,"downUs":4000000}
        ]
      },
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["no-wedge"]
  },
  "gossip-superseded-list-unbounded": {
    "scenario": {
      "name": "gossip-superseded-list-unbounded",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 2,
      "for": "17m19s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {
        "version": 1,
        "actions": [
          {"atUs":282000000,"kind":"act","peer":1,"act":"dial-again","args":{"layer":"gossip"}},
          {"atUs":534000000,"kind":"act","peer":1,"act":"dial-again","args":{"layer":"gossip"}},
          {"atUs":535000000,"kind":"act","peer":1,"act":"dial-again","args":{"layer":"gossip"}},
          {"atUs":787000000,"kind":"act","peer":1,"act":"dial-again","args":{"layer":"gossip"}}
        ]
      },
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["collections-plateau"]
  },
  "gossip-actor-awaits-slow-peer": {
    "scenario": {
      "name": "gossip-actor-awaits-slow-peer",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 2,
      "for": "4m42s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[{"atUs":30000000,"kind":"act","peer":1,"act":"stop-reading","args":{"on":true}}]},
      "workload": {"broadcastsPerSecond":1,"payloadBytes":4000}
    },
    "breaks": ["no-wedge"]
  },
  "gossip-cancelled-child-panics": {
    "scenario": {
      "name": "gossip-cancelled-child-panics",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 2,
      "for": "4m43s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[{"atUs":282000000,"kind":"act","peer":0,"act":"abort-child","args":{}}]},
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["no-wedge"]
  },
  "gossip-mutual-join-drops-both": {
    "scenario": {
      "name": "gossip-mutual-join-drops-both",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 2,
      "for": "5m24s",
      "config": {"app":{"tickUs":1000}},
      "network": {"latency":{"kind":"fixed","us":20000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[]},
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["no-wedge"]
  },
  "gossip-refuse-while-old-lingers": {
    "scenario": {
      "name": "gossip-refuse-while-old-lingers",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 2,
      "for": "4m48s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[{"atUs":282000000,"kind":"restart","peer":1,"downUs":0}]},
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["no-wedge"]
  },
  "gossip-dead-send-path": {
    "scenario": {
      "name": "gossip-dead-send-path",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 2,
      "for": "4m42s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[{"atUs":30000000,"kind":"act","peer":1,"act":"reset-stream"}]},
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["no-wedge"]
  },
  "quic-connecting-dropped": {
    "scenario": {
      "name": "quic-connecting-dropped",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 5,
      "for": "4m42s",
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[]},
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["connections-bounded"]
  },
  "quic-address-map-never-evicted": {
    "scenario": {
      "name": "quic-address-map-never-evicted",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 8,
      "for": "17m43s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {
        "version": 1,
        "actions": [
          {"atUs":1000000,"kind":"respawn","peer":3,"fresh":8},
          {"atUs":2000000,"kind":"respawn","peer":2,"fresh":9},
          {"atUs":3000000,"kind":"respawn","peer":7,"fresh":10},
          {"atUs":4000000,"kind":"respawn","peer":5,"fresh":11},
          {"atUs":5000000,"kind":"respawn","peer":11,"fresh":12},
          {"atUs":6000000,"kind":"respawn","peer":4,"fresh":13},
          {"atUs":7000000,"kind":"respawn","peer":8,"fresh":14},
          {"atUs":8000000,"kind":"respawn","peer":14,"fresh":15},
          {"atUs":9000000,"kind":"respawn","peer":12,"fresh":16},
          {"atUs":10000000,"kind":"respawn","peer":10,"fresh":17},
          {"atUs":11000000,"kind":"respawn","peer":17,"fresh":18},
          {"atUs":12000000,"kind":"respawn","peer":13,"fresh":19},
          {"atUs":13000000,"kind":"respawn","peer":18,"fresh":20},
          {"atUs":14000000,"kind":"respawn","peer":15,"fresh":21},
          {"atUs":15000000,"kind":"respawn","peer":16,"fresh":22},
          {"atUs":16000000,"kind":"respawn","peer":19,"fresh":23},
          {"atUs":17000000,"kind":"respawn","peer":20,"fresh":24},
          {"atUs":18000000,"kind":"respawn","peer":23,"fresh":25},
          {"atUs":19000000,"kind":"respawn","peer":21,"fresh":26},
          {"atUs":20000000,"kind":"respawn","peer":9,"fresh":27},
          {"atUs":21000000,"kind":"respawn","peer":26,"fresh":28},
          {"atUs":22000000,"kind":"respawn","peer":24,"fresh":29},
          {"atUs":23000000,"kind":"respawn","peer":6,"fresh":30},
          {"atUs":24000000,"kind":"respawn","peer":29,"fresh":31},
          {"atUs":25000000,"kind":"respawn","peer":31,"fresh":32},
          {"atUs":26000000,"kind":"respawn","peer":32,"fresh":33},
          {"atUs":27000000,"kind":"respawn","peer":25,"fresh":34},
          {"atUs":28000000,"kind":"respawn","peer":27,"fresh":35},
          {"atUs":29000000,"kind":"respawn","peer":35,"fresh":36},
          {"atUs":30000000,"kind":"respawn","peer":30,"fresh":37},
          {"atUs":31000000,"kind":"respawn","peer":34,"fresh":38},
          {"atUs":32000000,"kind":"respawn","peer":36,"fresh":39},
          {"atUs":33000000,"kind":"respawn","peer":37,"fresh":40},
          {"atUs":34000000,"kind":"respawn","peer":39,"fresh":41},
          {"atUs":35000000,"kind":"respawn","peer":22,"fresh":42},
          {"atUs":36000000,"kind":"respawn","peer":42,"fresh":43},
          {"atUs":37000000,"kind":"respawn","peer":28,"fresh":44},
          {"atUs":38000000,"kind":"respawn","peer":41,"fresh":45},
          {"atUs":39000000,"kind":"respawn","peer":38,"fresh":46},
          {"atUs":40000000,"kind":"respawn","peer":46,"fresh":47},
          {"atUs":292000000,"kind":"respawn","peer":33,"fresh":48},
          {"atUs":293000000,"kind":"respawn","peer":44,"fresh":49},
          {"atUs":294000000,"kind":"respawn","peer":45,"fresh":50},
          {"atUs":295000000,"kind":"respawn","peer":43,"fresh":51},
          {"atUs":296000000,"kind":"respawn","peer":51,"fresh":52},
          {"atUs":297000000,"kind":"respawn","peer":52,"fresh":53},
          {"atUs":298000000,"kind":"respawn","peer":40,"fresh":54},
          {"atUs":299000000,"kind":"respawn","peer":48,"fresh":55},
          {"atUs":551000000,"kind":"respawn","peer":50,"fresh":56},
          {"atUs":552000000,"kind":"respawn","peer":53,"fresh":57},
          {"atUs":553000000,"kind":"respawn","peer":49,"fresh":58},
          {"atUs":554000000,"kind":"respawn","peer":57,"fresh":59},
          {"atUs":555000000,"kind":"respawn","peer":58,"fresh":60},
          {"atUs":556000000,"kind":"respawn","peer":55,"fresh":61},
          {"atUs":557000000,"kind":"respawn","peer":56,"fresh":62},
          {"atUs":558000000,"kind":"respawn","peer":60,"fresh":63},
          {"atUs":810000000,"kind":"respawn","peer":61,"fresh":64},
          {"atUs":811000000,"kind":"respawn","peer":54,"fresh":65}
        ]
      },
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["collections-plateau"]
  },
  "quic-abandoned-paths-kept": {
    "scenario": {
      "name": "quic-abandoned-paths-kept",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 2,
      "for": "17m18s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {
        "version": 1,
        "actions": [
          {"atUs":282000000,"kind":"act","peer":0,"act":"change-path","args":{}},
          {"atUs":534000000,"kind":"act","peer":1,"act":"change-path","args":{}},
          {"atUs":786000000,"kind":"act","peer":1,"act":"change-path","args":{}}
        ]
      },
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["collections-plateau"]
  },
  "quic-close-without-deadline": {
    "scenario": {
      "name": "quic-close-without-deadline",
      "model": "mesh",
      "seed": "corpus",
      "nodes": 8,
      "for": "8m40s",
      "config": {"hyparview":{},"app":{"announceIntervalUs":15000000,"announceLifetimeUs":30000000}},
      "profile": {"name":"none","params":{}},
      "plan": {
        "version": 1,
        "actions": [
          {"atUs":193000000,"kind":"act","peer":0,"act":"stop-answering","args":{"on":true}},
          {"atUs":356000000,"kind":"start","peer":8},
          {"atUs":357000000,"kind":"stop","peer":5}
        ]
      },
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["no-wedge","tasks-finish"]
  },
  "tls-close-notify-trailer": {
    "scenario": {
      "name": "tls-close-notify-trailer",
      "model": "tls-proxy",
      "seed": "corpus",
      "nodes": 2,
      "for": "1.659012s",
      "network": {"latency":{"kind":"fixed","us":30000}},
      "profile": {"name":"none","params":{}},
      "plan": {"version":1,"actions":[]},
      "workload": {"broadcastsPerSecond":0}
    },
    "breaks": ["no-busy-loop"]
  }
};
