package luna.sender.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import luna.sender.event.Event;
import luna.sender.testing.TestEvents;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DeflateTest {
  private final Deflate deflate = new Deflate(1, 4096);

  /** Every valid parameter of RFC 7692, 7.1, alone and combined. */
  @Test
  void responseToEachCombinationNamesTheRequestedWindow() {
    List<String> serverTakeover = List.of("", "; server_no_context_takeover");
    List<String> clientTakeover = List.of("", "; client_no_context_takeover");
    List<String> clientWindows =
        Stream.concat(
                Stream.of("", "; client_max_window_bits"),
                IntStream.rangeClosed(8, 15).mapToObj(bits -> "; client_max_window_bits=" + bits))
            .toList();
    List<String> serverWindows =
        Stream.concat(
                Stream.of(""),
                IntStream.rangeClosed(8, 15).mapToObj(bits -> "; server_max_window_bits=" + bits))
            .toList();
    for (String server : serverTakeover) {
      for (String client : clientTakeover) {
        for (String clientWindow : clientWindows) {
          for (String window : serverWindows) {
            for (String parameters :
                List.of(server + client + clientWindow + window, window + clientWindow + server)) {
              String offer = "permessage-deflate" + parameters;
              assertThat(answer(offer)).as(offer).isEqualTo(expected(window));
            }
          }
        }
      }
    }
  }

  /** An offer with a window that Java's deflater does not support is declined. */
  private static @Nullable String expected(String window) {
    return switch (window) {
      case "" -> Deflate.ANSWER;
      case "; server_max_window_bits=15" -> Deflate.ANSWER + window;
      default -> null;
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permessage-deflate",
        "Permessage-Deflate ; Client_Max_Window_Bits = \"10\"",
        "permessage-deflate; client_max_window_bits=\"1\\0\"",
        "x-webkit-deflate-frame, permessage-deflate",
        "x;y=\"permessage-deflate, ;\", permessage-deflate",
        "permessage-deflate; server_max_window_bits=10, permessage-deflate",
        "permessage-deflate; quality=9, permessage-deflate; client_max_window_bits",
        ", ,permessage-deflate,",
      })
  void supportedOfferIsAccepted(String offers) {
    assertThat(answer(offers)).isEqualTo(Deflate.ANSWER);
  }

  @Test
  void firstAcceptableOfferIsAnswered() {
    assertThat(
            answer(
                "permessage-deflate; server_max_window_bits=12,"
                    + " permessage-deflate; server_max_window_bits=\"15\", permessage-deflate"))
        .isEqualTo(Deflate.ANSWER + "; server_max_window_bits=15");
    assertThat(answer("permessage-deflate, permessage-deflate; server_max_window_bits=15"))
        .isEqualTo(Deflate.ANSWER);
    assertThat(Deflate.answer(List.of("foo", "permessage-deflate"))).isEqualTo(Deflate.ANSWER);
    assertThat(Deflate.answer(List.of())).isNull();
  }

  private static @Nullable String answer(String offers) {
    return Deflate.answer(List.of(offers));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "permessage-bzip2",
        "permessage-deflated",
        "permessage-deflate; server_max_window_bits=10",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; client_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=0",
        "permessage-deflate; client_max_window_bits=08",
        "permessage-deflate; client_max_window_bits=+8",
        "permessage-deflate; client_max_window_bits=8.0",
        "permessage-deflate; client_max_window_bits=",
        "permessage-deflate; client_max_window_bits=\"\"",
        "permessage-deflate; client_max_window_bits=\"10",
        "permessage-deflate; client_max_window_bits=1 0",
        "permessage-deflate; server_max_window_bits=",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=015",
        "permessage-deflate; server_max_window_bits=15; server_max_window_bits=15",
        "permessage-deflate; server_no_context_takeover=\"\"",
        "permessage-deflate; server_no_context_takeover=",
        "permessage-deflate; client_no_context_takeover=true",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; client_no_context_takeover; Client_No_Context_Takeover",
        "permessage-deflate;; client_max_window_bits",
        "; permessage-deflate",
        "permessage-deflate client_max_window_bits",
        "\"permessage-deflate\"",
        "permessage-deflate=1",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_max_window_bits; client_max_window_bits",
        "permessage-deflate; quality=9",
        "permessage-deflate;"
      })
  void unsupportedOfferIsDeclinedByTheParser(String offers) {
    assertThat(answer(offers)).isNull();
  }

  /** No frame may depend on the window of an earlier one. */
  @Test
  void eachFrameInflatesByItselfToItsEvent() throws DataFormatException {
    for (int i = 0; i < 100; i++) {
      String text = "{\"event\":\"%s\",\"n\":%d}".formatted("what is said twice ".repeat(i), i);
      ByteBuf frame = deflate.frame(text(text.getBytes(UTF_8)));
      if (frame == null) {
        assertThat(i).as("an event that deflates well").isLessThan(3);
        continue;
      }
      assertThat(frame.readByte() & 0xFF).isEqualTo(0xC1);
      int length = frame.readByte();
      length = length == 126 ? frame.readUnsignedShort() : length;
      byte[] payload = new byte[length];
      frame.readBytes(payload);
      assertThat(frame.isReadable()).isFalse();
      frame.release();
      assertThat(new String(inflate(payload), UTF_8)).isEqualTo(text);
    }
  }

  @Test
  void eventThatDoesNotCompressStaysPlain() {
    byte[] noise = new byte[2000];
    new Random(1).nextBytes(noise);
    assertThat(deflate.frame(text(noise))).isNull();
  }

  @Test
  void messageSizeIsTheInflatedSize() throws DataFormatException {
    assertThat(deflate.inflatedBytes(message(new byte[0]), true)).isZero();
    assertThat(deflate.inflatedBytes(message(new byte[4096]), true)).isEqualTo(4096);
    assertThat(deflate.inflatedBytes(message("text".getBytes(UTF_8)), true)).isEqualTo(4);
  }

  @Test
  void bombIsInflatedToOneByteOverTheLimit() throws DataFormatException {
    assertThat(deflate.inflatedBytes(message(new byte[100_000_000]), true)).isEqualTo(4097);
  }

  @Test
  void inflatedTextMustBeUtf8() throws DataFormatException {
    byte[] cut = "caf\u00e9".repeat(2000).getBytes(UTF_8);
    ByteBuf half = message(Arrays.copyOf(cut, 4));
    assertThatThrownBy(() -> deflate.inflatedBytes(half, true))
        .isInstanceOf(DataFormatException.class);
    assertThat(deflate.inflatedBytes(half, false)).isEqualTo(4);
    assertThat(deflate.inflatedBytes(message(Arrays.copyOf(cut, 5)), true)).isEqualTo(5);
    // Both the buffer of 4096 bytes and the limit end within a character.
    assertThat(deflate.inflatedBytes(message(cut), true)).isEqualTo(4097);
  }

  @Test
  void messageThatDoesNotInflateIsRejected() {
    ByteBuf noise = Unpooled.wrappedBuffer(new byte[] {(byte) 0xFF, 1, 2, 3});
    assertThatThrownBy(() -> deflate.inflatedBytes(noise, true))
        .isInstanceOf(DataFormatException.class);
  }

  private static EventText text(byte[] text) {
    return EventText.of(
        new Event("8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a", TestEvents.NOTHING, 0, text),
        FrameForm.DEFLATED);
  }

  private static ByteBuf message(byte[] payload) {
    Deflater deflater = new Deflater(9, true);
    deflater.setInput(payload);
    byte[] out = new byte[payload.length / 500 + 1000];
    int length = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
    deflater.end();
    return Unpooled.wrappedBuffer(out, 0, length - 4);
  }

  private static byte[] inflate(byte[] payload) throws DataFormatException {
    Inflater inflater = new Inflater(true);
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    byte[] step = new byte[4096];
    for (byte[] part : new byte[][] {payload, {0, 0, (byte) 0xFF, (byte) 0xFF}}) {
      inflater.setInput(part);
      for (int n = inflater.inflate(step); n > 0; n = inflater.inflate(step)) {
        whole.write(step, 0, n);
      }
    }
    inflater.end();
    return whole.toByteArray();
  }
}
