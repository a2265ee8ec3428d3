// The alarms as they stand, then every change of one: a JSON object a line.
//
//   npm ci
//   TALAIA_KAFKA_BOOTSTRAP=127.0.0.1:9092 node alarms.mjs
import { randomUUID } from 'node:crypto'
import { Consumer, stringDeserializers } from '@platformatic/kafka'

const topic = (process.env.TALAIA_TOPIC_PREFIX ?? '') + 'alerts.alarms.v1'
const [EARLIEST, LATEST] = [-2n, -1n]

// Take one record; false: it is older than what stands, and changes nothing.
function fold (alarms, key, value) {
  if (value == null) return alarms.delete(key) // the alarm is over
  const event = JSON.parse(value)
  if (event.sequence < (alarms.get(key)?.sequence ?? '')) return false // from a worker that was paused
  alarms.set(key, event)
  return true
}

function show (key, event) {
  const said = event
    ? { alarm: key, sequence: event.sequence, shown: event.data.shown, title: event.data.title }
    : { alarm: key, gone: true }
  console.log(JSON.stringify(said))
}

// This client wants a group. One that nobody else has gets every partition; nothing is committed, a restart folds again.
const consumer = new Consumer({
  clientId: 'alarms',
  groupId: `alarms-${randomUUID()}`,
  bootstrapBrokers: (process.env.TALAIA_KAFKA_BOOTSTRAP ?? '127.0.0.1:9092').split(','),
  deserializers: stringDeserializers,
  autocommit: false
})
const bound = async timestamp => (await consumer.listOffsets({ topics: [topic], timestamp })).get(topic)
const [starts, ends] = [await bound(EARLIEST), await bound(LATEST)]
// what the snapshot still lacks, by partition
const missing = new Map([...ends.entries()].filter(([partition, end]) => starts[partition] < end))
const alarms = new Map()
let complete = false

function completed () {
  if (complete || missing.size) return
  for (const [key, event] of alarms) show(key, event)
  console.log(JSON.stringify({ snapshot: alarms.size }))
  complete = true
}

const stream = await consumer.consume({ topics: [topic], mode: 'earliest' })
process.once('SIGINT', () => consumer.close(true).then(() => process.exit(130)))
completed()
for await (const { key, value, partition, offset } of stream) {
  if (fold(alarms, key, value) && complete) show(key, alarms.get(key))
  if (offset + 1n >= missing.get(partition)) missing.delete(partition)
  completed()
}
