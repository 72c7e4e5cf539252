package luna.sender.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.BulkType;
import io.vertx.redis.client.impl.types.MultiType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SecondMasterSearchTest {
  @ParameterizedTest
  @CsvSource({
    "slave, master, true",
    "slave, slave, false",
    "'s_down,slave', master, false",
    "'slave,disconnected', master, false",
  })
  void reachableServerThatReportsToBeAMasterIsListed(String flags, String role, boolean isListed) {
    Response answer = answer(replica("10.0.0.1", flags, role));
    assertThat(SecondMasterSearch.listed(answer, "master"::equals))
        .isEqualTo(isListed ? List.of("10.0.0.1:6379") : List.of());
  }

  @Test
  void ipv6AddressIsInBrackets() {
    assertThat(
            SecondMasterSearch.listed(answer(replica("::1", "slave", "master")), "master"::equals))
        .containsExactly("[::1]:6379");
  }

  @Test
  void masterWithoutReplicasHasNoOthers() {
    assertThat(SecondMasterSearch.listed(answer(), "master"::equals)).isEmpty();
  }

  private static Response replica(String host, String flags, String role) {
    String[] fields = {"ip", host, "port", "6379", "flags", flags, "role-reported", role};
    MultiType replica = MultiType.create(fields.length, false);
    for (String field : fields) {
      replica.add(BulkType.create(Buffer.buffer(field), false));
    }
    return replica;
  }

  private static Response answer(Response... replicas) {
    MultiType answer = MultiType.create(replicas.length, false);
    for (Response replica : replicas) {
      answer.add(replica);
    }
    return answer;
  }
}
