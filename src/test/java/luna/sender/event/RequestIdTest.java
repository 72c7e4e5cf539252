package luna.sender.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

final class RequestIdTest {
  private static final String FORM =
      "^[0-9]{10},[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a",
        "0000000000,00000000-0000-0000-0000-000000000000",
        "9999999999,ffffffff-ffff-ffff-ffff-ffffffffffff",
      })
  void wellFormedIdIsKept(String given) {
    assertThat(RequestId.of(given)).isEqualTo(given);
  }

  @ParameterizedTest
  @NullAndEmptySource
  @ValueSource(
      strings = {
        "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a",
        "1536751345",
        "153675134,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a",
        "15367513450,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a",
        "1536751345, 8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a",
        "1536751345,8B8B5937-2e9c-4e8b-a7a7-5caf86621b5a",
        "1536751345,8b8b59372e9c4e8ba7a75caf86621b5a",
        "1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5ag",
        "1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a\n",
        "\n1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a",
        " 1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a",
        "١٥٣٦٧٥١٣٤٥,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a",
        "1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a\r\nSet-Cookie: a",
      })
  void malformedIdIsReplaced(@Nullable String given) {
    assertThat(RequestId.of(given)).matches(FORM).isNotEqualTo(given);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\"",
        "\"\"",
        "null",
        "1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a",
        "\"Jane Doe\"",
        "\"1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a \"",
      })
  void malformedIdOfAPublisherIsIgnored(String given) {
    assertThat(RequestId.ofQuoted(given)).isNull();
  }

  @Test
  void quotedIdIsKept() {
    String id = "1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";
    assertThat(RequestId.ofQuoted('"' + id + '"')).isEqualTo(id);
  }

  @Test
  void newIdIsTheTimeInSecondsAndARandomUuid() {
    long before = Instant.now().getEpochSecond();
    for (int i = 0; i < 1000; i++) {
      String id = RequestId.create();
      assertThat(id).matches(FORM);
      assertThat(Long.parseLong(id.substring(0, 10)))
          .isBetween(before, Instant.now().getEpochSecond());
      UUID uuid = UUID.fromString(id.substring(11));
      assertThat(uuid.version()).isEqualTo(4);
      assertThat(uuid.variant()).isEqualTo(2);
    }
  }

  @Test
  void newIdsDiffer() {
    Set<String> uuids = new HashSet<>();
    for (int i = 0; i < 10_000; i++) {
      uuids.add(RequestId.create().substring(11));
    }
    assertThat(uuids).hasSize(10_000);
  }
}
