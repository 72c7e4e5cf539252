package luna.sender.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class EventIdsTest {
  private static final int ACCOUNT = 0x1234;
  private static final long SEQUENCE = 0xBCDE_0000_0042L;

  private final EventIds ids = new EventIds(new Random(1));

  @Test
  void idIsAUuid() {
    assertThat(UUID.fromString(id(ACCOUNT, SEQUENCE)).version()).isEqualTo(4);
    assertThat(UUID.fromString(id(ACCOUNT, SEQUENCE)).variant()).isEqualTo(2);
  }

  @Test
  void idIsFoundAtAnyPosition() {
    // Each digit is once before the prefix that is searched for.
    for (int account = ACCOUNT; account < ACCOUNT + 16; account++) {
      String id = id(account, SEQUENCE);
      for (String filler : new String[] {"-", "x", "8-"}) {
        for (int before = 0; before < 50; before++) {
          assertThat(find(filler.repeat(before) + id, account)).isEqualTo(SEQUENCE);
          assertThat(find(filler.repeat(before) + id + filler.repeat(50), account))
              .isEqualTo(SEQUENCE);
        }
      }
    }
  }

  @Test
  void idIsFoundAfterSimilarOnes() {
    String id = id(ACCOUNT, SEQUENCE);
    String cut = id.substring(9);
    String otherRun = "f" + id.substring(1).replace('1', '2');
    String noNumber = id.substring(0, 30) + "g" + id.substring(31);
    assertThat(find(cut + otherRun + noNumber + id)).isEqualTo(SEQUENCE);
    assertThat(find(cut + otherRun + noNumber)).isEqualTo(EventIds.NONE);
  }

  @Test
  void firstOfTwoIdsCounts() {
    assertThat(find(id(ACCOUNT, 7) + " " + id(ACCOUNT, 8))).isEqualTo(7);
  }

  @Test
  void idOfAnotherAccountIsRecognized() {
    assertThat(find("{\"event_id\": \"" + id(ACCOUNT + 1, SEQUENCE) + "\"}"))
        .isEqualTo(EventIds.OTHER_ACCOUNT);
  }

  @Test
  void idOfAnotherRunIsIgnored() {
    byte[] text = new byte[EventIds.ID_BYTES];
    new EventIds(new Random(2)).write(text, 0, ACCOUNT, SEQUENCE);
    assertThat(ids.find(text, 0, text.length, ACCOUNT)).isEqualTo(EventIds.NONE);
  }

  @Test
  void bytesOutsideTheTextAreNotRead() {
    String id = id(ACCOUNT, SEQUENCE);
    byte[] text = ("xx" + id + "xx").getBytes(StandardCharsets.US_ASCII);
    assertThat(ids.find(text, 2, 2 + id.length(), ACCOUNT)).isEqualTo(SEQUENCE);
    assertThat(ids.find(text, 3, text.length, ACCOUNT)).isEqualTo(EventIds.NONE);
    assertThat(ids.find(text, 0, 1 + id.length(), ACCOUNT)).isEqualTo(EventIds.NONE);
    assertThat(ids.find(text, 0, 0, ACCOUNT)).isEqualTo(EventIds.NONE);
  }

  private long find(String text) {
    return find(text, ACCOUNT);
  }

  private long find(String text, int account) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return ids.find(bytes, 0, bytes.length, account);
  }

  private String id(int account, long sequence) {
    byte[] text = new byte[EventIds.ID_BYTES + 2];
    Arrays.fill(text, (byte) ' ');
    ids.write(text, 1, account, sequence);
    return new String(text, StandardCharsets.US_ASCII).strip();
  }
}
