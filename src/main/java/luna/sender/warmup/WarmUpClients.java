package luna.sender.warmup;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * The clients of a warm-up: they connect, receive events and disconnect, round after round.
 *
 * <p>How: blocking sockets on one thread, because a client library would be code to compile, too. A
 * quarter of the clients of a round have no filter, a quarter one that passes all events, and the
 * others one that passes none.
 *
 * <p>Errors: {@link IOException} if the server does not answer in time.
 *
 * <p>Owner: one thread.
 */
final class WarmUpClients {
  static final int CLIENTS = 32;
  private static final int UNFILTERED = CLIENTS / 4;
  private static final int ACCOUNTS = 16;

  /** Far longer than any answer takes. */
  private static final int TIMEOUT_MILLIS = 10_000;

  /** Numbers of events that are published together. */
  private static final int[] BATCHES = {1, 16, 1, 16, 1, 16, 1, 16};

  /** No frame is shorter, and none is longer than 64 kB. */
  private static final int FRAME_HEADER = 4;

  private static final String KEY =
      Base64.getEncoder().encodeToString("luna-sender-warm".getBytes(US_ASCII));

  /** A masked close frame with code 1000. The mask is 0. */
  private static final byte[] CLOSE = {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 0x03, (byte) 0xE8};

  private final PrivateServer server;
  private final long deadlineNanos;
  private final InetSocketAddress address;
  private final byte[] buffer = new byte[64 * 1024];
  private int handshakes;
  private int events;

  WarmUpClients(PrivateServer server, long deadlineNanos) {
    this.server = server;
    this.deadlineNanos = deadlineNanos;
    this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
  }

  int handshakes() {
    return handshakes;
  }

  int events() {
    return events;
  }

  /** Runs rounds until the time is over. */
  void run(int rounds) throws IOException {
    for (int round = 0; round < rounds && !isOver(); round++) {
      round(round);
    }
  }

  private boolean isOver() {
    return System.nanoTime() - deadlineNanos >= 0;
  }

  private void round(int round) throws IOException {
    String account = "00000000-0000-4000-8000-%012d".formatted(round % ACCOUNTS);
    List<Socket> clients = new ArrayList<>(CLIENTS);
    try {
      for (int i = 0; i < CLIENTS && !isOver(); i++) {
        Socket client = new Socket();
        clients.add(client);
        client.setSoTimeout(TIMEOUT_MILLIS);
        client.connect(address);
        client.getOutputStream().write(request(round, account, i));
      }
      for (Socket client : clients) {
        readHead(client);
        handshakes++;
      }
      byte[] payload = MadeUpEvents.payload(round);
      for (int i = 0; i < BATCHES.length && !isOver(); i++) {
        deliver(account, payload, BATCHES[i], clients);
      }
      for (int i = 0; i < clients.size(); i += 2) {
        clients.get(i).getOutputStream().write(CLOSE);
      }
      for (int i = 0; i < clients.size(); i += 2) {
        readToEnd(clients.get(i));
      }
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  private void deliver(String account, byte[] payload, int batch, List<Socket> clients)
      throws IOException {
    server.publish(account, payload, batch);
    events += batch;
    int unfiltered = Math.min(UNFILTERED, clients.size());
    for (Socket client : clients.subList(0, unfiltered)) {
      read(client, batch * (FRAME_HEADER + MadeUpEvents.FRAME_BYTES));
    }
    // Overlays of the contract may change what the filters pass.
    for (Socket client : clients.subList(unfiltered, clients.size())) {
      readAvailable(client);
    }
  }

  private byte[] request(int round, String account, int client) {
    StringBuilder request = new StringBuilder(512).append("GET /2/ws");
    if (client >= UNFILTERED) {
      request.append('?').append(MadeUpEvents.filter(round, client, client < CLIENTS / 2));
    }
    request.append(" HTTP/1.1\r\nHost: 127.0.0.1:").append(address.getPort());
    request.append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ");
    request.append(KEY).append("\r\nSec-WebSocket-Version: 13\r\nLuna-Account-Id: ");
    request.append(account);
    if (client >= 3 * CLIENTS / 4) {
      // As browsers do. These clients get no events, which might be compressed.
      request.append("\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits");
      request.append("\r\nUser-Agent: Mozilla/5.0\r\nAccept-Encoding: gzip, deflate, br");
      request.append("\r\nOrigin: http://127.0.0.1:").append(address.getPort());
    }
    return request.append("\r\n\r\n").toString().getBytes(US_ASCII);
  }

  /** Reads the response. Nothing follows it until an event is published. */
  private void readHead(Socket client) throws IOException {
    int length = 0;
    while (length < 4 || buffer[length - 1] != '\n' || buffer[length - 3] != '\n') {
      length += readSome(client, length, buffer.length - length);
    }
    String status = new String(buffer, 0, "HTTP/1.1 101".length(), US_ASCII);
    if (!status.equals("HTTP/1.1 101")) {
      throw new IOException("response: " + status + " (expected: HTTP/1.1 101)");
    }
  }

  private void read(Socket client, int bytes) throws IOException {
    int left = bytes;
    while (left > 0) {
      left -= readSome(client, 0, Math.min(left, buffer.length));
    }
  }

  private void readAvailable(Socket client) throws IOException {
    while (client.getInputStream().available() > 0) {
      readSome(client, 0, buffer.length);
    }
  }

  private int readSome(Socket client, int offset, int limit) throws IOException {
    int read = client.getInputStream().read(buffer, offset, limit);
    if (read <= 0) {
      throw new EOFException("the server closed the connection");
    }
    return read;
  }

  /** Reads the close frame of the server, which closes the connection then. */
  private void readToEnd(Socket client) throws IOException {
    while (client.getInputStream().read(buffer) >= 0) {
      // More may follow.
    }
  }
}
