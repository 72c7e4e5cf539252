package luna.sender.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class IdMaskTest {
  private static final String ONE = "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a";
  private static final String OTHER = "904e635f-3a47-4832-b4d6-d2d72ba78451";

  private final IdMask mask = new IdMask();

  @Test
  void sameValueHasTheSameName() {
    assertThat(mask.of("account=" + ONE + " address=10.0.0.7 account=" + OTHER))
        .isEqualTo("account=account-1 address=address-1 account=account-2");
    assertThat(mask.of("{\"account\":\"" + ONE.toUpperCase(java.util.Locale.ROOT) + "\"}"))
        .isEqualTo("{\"account\":\"account-1\"}");
    assertThat(mask.of("10.0.0.8 10.0.0.7 ::ffff:10.0.0.7"))
        .isEqualTo("address-2 address-1 address-1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "request_id=1732896000," + ONE + " x | request_id=request-1 x",
        "/10.0.0.7:4242 -> 10.0.0.8:5080 | /address-1:4242 -> address-2:5080",
        "from 10.0.0.7. | from address-1.",
        "10.0.0.7:unreachable | address-1:unreachable",
        "10.0.0.7-10.0.0.8:: | address-1-address-2::",
        "[2001:db8::7]:5080 | [address-1]:5080",
        "2001:DB8:0:0:0:0:0:7, 2001:db8::7 | address-1, address-1",
        "fe80::1 is away: | address-1 is away:",
        "master_host:10.0.0.7 | master_host:address-1",
        "{\"ip\":\"10.0.0.7\"} | {\"ip\":\"address-1\"}",
        "operator=alice connection=5f0c3a91-12 | operator=operator-1 connection=5f0c3a91-12",
        "{\"operator\":\"alice\"} | {\"operator\":\"operator-1\"}",
        "operator=\"alice b\" | operator=\"operator-1 b\"",
      })
  void personalDataIsReplaced(String text, String expected) {
    assertThat(mask.of(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-11-24 10:00:00.000 INFO  [luna.sender.bridge] Connected host=127.0.0.1:6379",
        "redis_version:7.0.15 at ::1 or [::]:5080 or 0.0.0.0:5080",
        "luna_sender_delivery_lag_seconds_bucket{le=\"0.001\"} 1.0",
        "1.2.3 is no address, nor are 12:34, de:ad or dead.beef...",
        "connection=5f0c3a91-1204 events=77 bytes=1.5e10",
        "java.lang.IllegalStateException: why\n\tat a.b.C.d(C.java:42)",
      })
  void otherTextIsUnchanged(String text) {
    assertThat(mask.of(text)).isEqualTo(text);
  }
}
