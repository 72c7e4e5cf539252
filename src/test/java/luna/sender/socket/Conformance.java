package luna.sender.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import luna.sender.testing.RawSocket;
import luna.sender.testing.RawSocket.Frame;
import luna.sender.testing.Service;

/**
 * The test cases: the bytes that a client sends, and the close code that the service must answer
 * with.
 *
 * <p>Shape: a case without a violation ends with the client's own close frame, whose code is
 * echoed.
 *
 * <p>Owner: immutable.
 *
 * <p>Source: RFC 6455; each case names its section.
 */
final class Conformance {
  private static final int NORMAL = 1000;
  private static final int PROTOCOL = 1002;
  private static final int INVALID = 1007;
  private static final int TOO_BIG = 1009;

  private static final byte[] MASK = {0x37, (byte) 0xFA, 0x21, 0x3D};
  private static final byte[] CLOSE = frame(0x88, 0x03, 0xE8);

  /** Valid UTF-8; the invalid sequences follow. */
  private static final String TEXT = "48c3a9e282acf09f98800a00";

  private static final String[] NO_TEXTS = {
    "80",
    "c0af",
    "c1bf",
    "e080af",
    "eda080",
    "edbfbf",
    "f08080af",
    "f4908080",
    "f5808080",
    "fe",
    "ff",
    "c3",
    "e282",
    "f09f98",
    "c328",
    "61e228a1"
  };

  private Conformance() {}

  /**
   * @param section the section of RFC 6455
   * @param code the code of the close frame that ends the connection
   */
  record Case(String section, String name, byte[] bytes, int code) {
    /** Sends all bytes at once, or each byte in a segment of its own. */
    RawSocket send(int port, boolean inPieces) throws IOException {
      RawSocket client = new RawSocket(port, Service.account());
      if (!inPieces) {
        client.send(bytes);
        return client;
      }
      for (byte each : bytes) {
        client.send(new byte[] {each});
      }
      return client;
    }

    void expectClose(RawSocket client) throws IOException {
      Frame frame = client.nextButPing();
      while (frame.opcode() == RawSocket.PONG) {
        frame = client.nextButPing();
      }
      assertThat(frame.first()).as(toString()).isEqualTo(0x88);
      assertThat(frame.closeCode()).as(toString()).isEqualTo(code);
    }

    @Override
    public String toString() {
      return section + ", " + name;
    }
  }

  /** Expects that no more frames arrive and that the TCP connection ends. */
  static void expectEnd(RawSocket client) throws IOException {
    try {
      Frame more = client.nextButPing();
      throw new AssertionError(more + " (expected: the end)");
    } catch (EOFException | SocketException end) {
      // Expected.
    }
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    heads(cases);
    lengths(cases);
    fragments(cases);
    closes(cases);
    texts(cases);
    return cases;
  }

  /** Bytes after the end are not read. */
  static List<Case> endedCases() {
    byte[] more = join(CLOSE, frame(0x89, 'p'), CLOSE);
    return List.of(
        new Case("5.5.1", "data behind close", more, NORMAL),
        new Case("1.4", "no frame behind close", join(close(4001, ""), hex("ffffffff")), 4001));
  }

  /**
   * Sends each case on its own connection and reads how it ends. The connections are open in
   * parallel, because the service waits for clients that do not answer its close frame.
   */
  static void run(List<Case> cases, int port, boolean inPieces) throws IOException {
    List<RawSocket> clients = new ArrayList<>();
    try {
      for (Case each : cases) {
        clients.add(each.send(port, inPieces));
      }
      for (int i = 0; i < clients.size(); i++) {
        cases.get(i).expectClose(clients.get(i));
      }
      for (RawSocket client : clients) {
        expectEnd(client);
      }
    } finally {
      for (RawSocket client : clients) {
        client.close();
      }
    }
  }

  private static void heads(List<Case> cases) {
    for (int opcode : new int[] {0, 1, 2, 8, 9, 10}) {
      byte[] unmasked = {(byte) (0x80 | opcode), 0};
      cases.add(new Case("5.1", "unmasked, opcode " + opcode, unmasked, PROTOCOL));
    }
    for (int rsv = 0x10; rsv < 0x80; rsv += 0x10) {
      cases.add(new Case("5.2", "text, bits " + rsv, frame(0x81 | rsv), PROTOCOL));
      cases.add(new Case("5.2", "ping, bits " + rsv, frame(0x89 | rsv), PROTOCOL));
    }
    for (int opcode : new int[] {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
      cases.add(new Case("5.2", "opcode " + opcode, frame(0x80 | opcode), PROTOCOL));
    }
    for (int opcode : new int[] {8, 9, 10}) {
      cases.add(new Case("5.4", "piece of control, " + opcode, frame(opcode), PROTOCOL));
      byte[] long126 = frame(0x80 | opcode, new byte[126]);
      cases.add(new Case("5.5", "control of 126 bytes, " + opcode, long126, PROTOCOL));
    }
    right(cases, "5.3", "mask of zeros", maskedBy(new byte[4], 0x81, new byte[] {'a'}));
    right(cases, "5.5.3", "pong that nobody asked for", frame(0x8A, 'x'));
    right(cases, "5.6", "binary", frame(0x82, 0xFF, 0, 0xC0));
    right(cases, "5.6", "empty text", frame(0x81));
  }

  private static void lengths(List<Case> cases) {
    for (int length : new int[] {0, 1, 125}) {
      byte[] head = ByteBuffer.allocate(4).put(hex("82fe")).putShort((short) length).array();
      cases.add(
          new Case("5.2", length + " in 16 bits", join(head, MASK, new byte[length]), PROTOCOL));
    }
    for (int length : new int[] {0, 126, 0xFFFF}) {
      byte[] head = ByteBuffer.allocate(10).put(hex("82ff")).putLong(length).array();
      cases.add(new Case("5.2", length + " in 64 bits", join(head, MASK), PROTOCOL));
    }
    for (long length : new long[] {Long.MIN_VALUE, -1}) {
      byte[] head = ByteBuffer.allocate(10).put(hex("82ff")).putLong(length).array();
      cases.add(new Case("5.2", "highest bit of the length", join(head, MASK), PROTOCOL));
    }
    for (long length : new long[] {0x10000, 1L << 32, Long.MAX_VALUE}) {
      byte[] head = ByteBuffer.allocate(10).put(hex("82ff")).putLong(length).array();
      cases.add(new Case("7.4.1", length + " bytes", join(head, MASK), TOO_BIG));
    }
    cases.add(new Case("7.4.1", "4097 bytes", frame(0x82, new byte[4097]), TOO_BIG));
    right(cases, "5.2", "4096 bytes", frame(0x82, new byte[4096]));
    right(cases, "5.2", "126 bytes", frame(0x82, new byte[126]));
  }

  private static void fragments(List<Case> cases) {
    cases.add(new Case("5.4", "continuation of nothing", frame(0x80, 'a'), PROTOCOL));
    cases.add(new Case("5.4", "first continuation of nothing", frame(0, 'a'), PROTOCOL));
    byte[] over = join(frame(1, 'a'), frame(0x80, 'b'), frame(0x80, 'c'));
    cases.add(new Case("5.4", "continuation behind the end", over, PROTOCOL));
    for (int opcode : new int[] {1, 2, 0x81, 0x82}) {
      byte[] within = join(frame(1, 'a'), frame(opcode, 'b'));
      cases.add(new Case("5.4", "message within a message", within, PROTOCOL));
    }
    byte[] large = join(frame(2, new byte[4000]), frame(0, new byte[96]), frame(0x80, 'x'));
    cases.add(new Case("7.4.1", "pieces of 4097 bytes", large, TOO_BIG));
    right(cases, "5.4", "pieces", join(frame(1, 'a'), frame(0, 'b'), frame(0x80, 'c')));
    right(cases, "5.4", "empty pieces", join(frame(1), frame(0), frame(0x80)));
    right(
        cases,
        "5.5",
        "ping and pong between pieces",
        join(frame(1, 'a'), frame(0x89, 'p'), frame(0, 'b'), frame(0x8A), frame(0x80, 'c')));
  }

  private static void closes(List<Case> cases) {
    cases.add(new Case("5.5.1", "close of one byte", frame(0x88, 3), PROTOCOL));
    for (int code :
        new int[] {
          0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 9999, 32767, 32768, 65535
        }) {
      cases.add(new Case("7.4", "close with " + code, close(code, ""), PROTOCOL));
    }
    for (int code :
        new int[] {
          1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000,
          4999
        }) {
      cases.add(new Case("5.5.1", "close with " + code, close(code, ""), code));
      cases.add(new Case("5.5.1", "close with a reason", close(code, TEXT), code));
    }
    for (String reason : NO_TEXTS) {
      cases.add(new Case("5.5.1", "reason " + reason, close(NORMAL, reason), INVALID));
    }
    cases.add(new Case("5.5.1", "close within a message", join(frame(1, 'a'), CLOSE), NORMAL));
  }

  private static void texts(List<Case> cases) {
    byte[] text = hex(TEXT);
    right(cases, "5.6", "text", frame(0x81, text));
    for (int cut = 0; cut <= text.length; cut++) {
      byte[] start = Arrays.copyOf(text, cut);
      byte[] end = Arrays.copyOfRange(text, cut, text.length);
      right(cases, "5.6", "text cut at " + cut, join(frame(1, start), frame(0x80, end)));
    }
    for (String bad : NO_TEXTS) {
      byte[] bytes = hex(bad);
      cases.add(new Case("8.1", "text " + bad, frame(0x81, bytes), INVALID));
      List<byte[]> pieces = new ArrayList<>(List.of(frame(1, 'a')));
      for (byte each : bytes) {
        pieces.add(frame(0, each & 0xFF));
      }
      pieces.add(frame(0x80));
      byte[] cut = join(pieces.toArray(byte[][]::new));
      cases.add(new Case("8.1", "text " + bad + " in pieces", cut, INVALID));
      right(cases, "5.6", "binary " + bad, frame(0x82, bytes));
    }
  }

  private static void right(List<Case> cases, String section, String name, byte[] bytes) {
    cases.add(new Case(section, name, join(bytes, CLOSE), NORMAL));
  }

  static List<byte[]> pingPayloads() {
    return IntStream.rangeClosed(0, 125)
        .mapToObj(length -> "p".repeat(length).getBytes(StandardCharsets.US_ASCII))
        .toList();
  }

  private static byte[] close(int code, String reason) {
    byte[] head = {(byte) (code >> 8), (byte) code};
    return frame(0x88, join(head, hex(reason)));
  }

  static byte[] frame(int first, int... payload) {
    byte[] bytes = new byte[payload.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) payload[i];
    }
    return frame(first, bytes);
  }

  /** Returns a masked frame. */
  static byte[] frame(int first, byte[] payload) {
    return maskedBy(MASK, first, payload);
  }

  private static byte[] maskedBy(byte[] mask, int first, byte[] payload) {
    byte[] head = RawSocket.header(0, true, payload.length);
    head[0] = (byte) first;
    System.arraycopy(mask, 0, head, head.length - 4, 4);
    byte[] masked = payload.clone();
    for (int i = 0; i < masked.length; i++) {
      masked[i] ^= mask[i % 4];
    }
    return join(head, masked);
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }
}
