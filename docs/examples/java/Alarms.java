import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * The alarms as they stand, then every change of one: a JSON object a line. Needs kafka-clients and jackson-databind:
 * {@code TALAIA_KAFKA_BOOTSTRAP=127.0.0.1:9092 java -cp "jars/*" Alarms.java}
 */
public final class Alarms {
    private static final String TOPIC = setting("TALAIA_TOPIC_PREFIX", "") + "alerts.alarms.v1";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, JsonNode> alarms = new HashMap<>();

    /** Read from the beginning, without a group: nothing is committed, and a restart folds again. */
    public static void main(String[] arguments) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", setting("TALAIA_KAFKA_BOOTSTRAP", "127.0.0.1:9092"));
        var text = new StringDeserializer();
        try (var consumer = new KafkaConsumer<>(settings, text, text)) {
            new Alarms().follow(consumer);
        }
    }

    private void follow(KafkaConsumer<String, String> consumer) throws Exception {
        List<TopicPartition> places =
            consumer.partitionsFor(TOPIC).stream().map(each -> new TopicPartition(TOPIC, each.partition())).toList();
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(places);
        Map<TopicPartition, Long> missing = new HashMap<>(consumer.endOffsets(places)); // what the snapshot still lacks
        missing.entrySet().removeIf(end -> starts.get(end.getKey()) >= end.getValue());
        consumer.assign(places);
        consumer.seekToBeginning(places);
        boolean complete = false;
        while (true) {
            if (!complete && missing.isEmpty()) {
                for (String key : alarms.keySet()) {
                    show(key);
                }
                System.out.println(JSON.writeValueAsString(Map.of("snapshot", alarms.size())));
                complete = true;
            }
            for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
                if (fold(record.key(), record.value()) && complete) {
                    show(record.key());
                }
            }
            missing.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue());
        }
    }

    /** Take one record; false: it is older than what stands, and changes nothing. */
    private boolean fold(String key, String value) throws Exception {
        if (value == null) { // the alarm is over
            return alarms.remove(key) != null;
        }
        JsonNode event = JSON.readTree(value);
        JsonNode known = alarms.get(key);
        if (known != null && event.get("sequence").asText().compareTo(known.get("sequence").asText()) < 0) {
            return false; // from a worker that was paused
        }
        alarms.put(key, event);
        return true;
    }

    private void show(String key) throws Exception {
        JsonNode event = alarms.get(key);
        var said = JSON.createObjectNode().put("alarm", key);
        if (event == null) {
            said.put("gone", true);
        } else {
            JsonNode data = event.get("data");
            said.put("sequence", event.get("sequence").asText());
            said.put("shown", data.get("shown").asText()).put("title", data.get("title").asText());
        }
        System.out.println(JSON.writeValueAsString(said));
    }

    private static String setting(String name, String otherwise) {
        return System.getenv().getOrDefault(name, otherwise);
    }
}
