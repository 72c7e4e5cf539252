package luna.sender.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.BulkType;
import io.vertx.redis.client.impl.types.MultiType;
import io.vertx.redis.client.impl.types.NumberType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SlotMapTest {
  /** Results of {@code CLUSTER KEYSLOT}; the first is the test vector of the CRC. */
  @ParameterizedTest
  @CsvSource({
    "123456789, 12739",
    "foo, 12182",
    "foo{hash_tag}, 2515",
    "hash_tag, 2515",
    "foo{}{bar}, 8363",
    "'foo{{bar}}zap', 4015",
    "'{bar', 4015",
    "foo{bar}{zap}, 5061",
    "bar, 5061",
    "'}{bar}', 5061",
    "'{a}', 15495",
    "a, 15495",
  })
  void slotEqualsThatOfRedis(String channel, int slot) {
    assertThat(SlotMap.slot(channel)).isEqualTo(slot);
  }

  @Test
  void ownerIsTheMasterOfTheSlotsRange() {
    // The slot of "foo" is 12182.
    assertThat(map(shard(range(12182, 12182), node("a", 1))).owner("foo")).isEqualTo("a:1");
    assertThat(map(shard(range(0, 12181), node("a", 1))).owner("foo")).isNull();
    assertThat(map(shard(range(12183, 16383), node("a", 1))).owner("foo")).isNull();
    SlotMap map =
        map(
            shard(range(0, 99, 12000, 16383), node("a", 1)),
            shard(range(100, 11999), node("b", 2)),
            shard(range(), node("c", 3)));
    assertThat(map.owner("foo")).isEqualTo("a:1");
    assertThat(map.owner("bar")).isEqualTo("b:2");
    assertThat(map.masters()).containsExactlyInAnyOrder("a:1", "b:2");
  }

  @Test
  void replicaIsNotAnOwner() {
    SlotMap map = map(shard(range(0, 16383), node("r", 9, "role", "replica"), node("m", 1)));
    assertThat(map.masters()).containsExactly("m:1");
  }

  @Test
  void shardWithoutAMasterHasNoOwner() {
    SlotMap map = map(shard(range(0, 16383), node("r", 9, "role", "replica")));
    assertThat(map.owner("foo")).isNull();
    assertThat(map.masters()).isEmpty();
  }

  @Test
  void nodeOfUnknownNameIsTheQueriedHost() {
    assertThat(map(shard(range(0, 16383), node("?", 1))).masters()).containsExactly("asked:1");
    assertThat(map(shard(range(0, 16383), node("", 1))).masters()).containsExactly("asked:1");
  }

  @Test
  void liveMasterOwnsTheSlotsWhateverTheOrder() {
    Response dead = node("old", 1, "health", "fail");
    for (Response shard :
        List.of(
            shard(range(0, 16383), dead, node("new", 2)),
            shard(range(0, 16383), node("new", 2), dead))) {
      SlotMap map = map(shard);
      assertThat(map.masters()).containsExactly("new:2");
      assertThat(map.isFailed("old:1")).isFalse();
    }
  }

  @Test
  void failedMasterIsRecognized() {
    SlotMap map = map(shard(range(0, 16383), node("old", 1, "health", "fail")));
    assertThat(map.owner("foo")).isEqualTo("old:1");
    assertThat(map.isFailed("old:1")).isTrue();
    assertThat(map.isFailed("other:1")).isFalse();
  }

  @Test
  void tlsConnectionsUseTheTlsPort() {
    Response both = node("a", 1, "tls-port", 2);
    SlotMap map = SlotMap.parse(array(shard(range(0, 16383), both)), "asked", true);
    assertThat(map.masters()).containsExactly("a:2");
    SlotMap plainOnly = SlotMap.parse(array(shard(range(0, 16383), node("a", 1))), "asked", true);
    assertThat(plainOnly.masters()).isEmpty();
  }

  private static SlotMap map(Response... shards) {
    return SlotMap.parse(array(shards), "asked", false);
  }

  private static Response shard(Response slots, Response... nodes) {
    return fields(Map.of("slots", slots, "nodes", array(nodes)));
  }

  private static Response range(int... bounds) {
    MultiType slots = MultiType.create(bounds.length, false);
    for (int bound : bounds) {
      slots.add(NumberType.create(bound));
    }
    return slots;
  }

  private static Response node(String endpoint, int port) {
    return node(endpoint, port, "health", "online");
  }

  /** Returns an online master, except for one field. */
  private static Response node(String endpoint, int port, String field, Object value) {
    Map<String, Response> fields = new HashMap<>();
    fields.put("endpoint", bulk(endpoint));
    fields.put("port", NumberType.create(port));
    fields.put("role", bulk("master"));
    fields.put("health", bulk("online"));
    fields.put(
        field, value instanceof Integer number ? NumberType.create(number) : bulk((String) value));
    return fields(fields);
  }

  private static Response fields(Map<String, Response> fields) {
    MultiType map = MultiType.create(fields.size() * 2L, true);
    fields.forEach(
        (name, value) -> {
          map.add(bulk(name));
          map.add(value);
        });
    return map;
  }

  private static Response array(Response... elements) {
    MultiType array = MultiType.create(elements.length, false);
    for (Response element : elements) {
      array.add(element);
    }
    return array;
  }

  private static Response bulk(String text) {
    return BulkType.create(Buffer.buffer(text), false);
  }
}
