package luna.sender.cli.bench;

import static luna.sender.testing.Waiting.await;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.ServerWebSocketHandshake;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.function.BiConsumer;
import luna.sender.testing.TestRedis;

/**
 * An independent server of the same API. It reserializes the JSON in another order and with spaces,
 * sends it in fragments, ignores filters, and makes faults on request.
 *
 * <p>Owner: one test thread.
 */
final class OtherSender implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final HttpServer server;
  private final TestRedis redis;
  private final BiConsumer<ServerWebSocket, JsonObject> deliver;

  /**
   * @param deliver handles each event's message; {@link #send} is the correct behaviour
   */
  OtherSender(TestRedis redis, BiConsumer<ServerWebSocket, JsonObject> deliver) {
    this.redis = redis;
    this.deliver = deliver;
    server =
        await(
            vertx
                .createHttpServer()
                .webSocketHandler(accepted -> {})
                .webSocketHandshakeHandler(
                    handshake -> {
                      if (handshake.path().equals("/2/ws")) {
                        subscribe(handshake);
                      } else {
                        handshake.reject(404);
                      }
                    })
                .listen(0, "127.0.0.1"));
  }

  int port() {
    return server.actualPort();
  }

  /** Subscribes the account, and then accepts the client. */
  private void subscribe(ServerWebSocketHandshake handshake) {
    RedisOptions options =
        new RedisOptions().setConnectionString("redis://127.0.0.1:" + redis.port());
    String channel = "luna-sender:" + handshake.headers().get("Luna-Account-Id");
    Promise<ServerWebSocket> accepted = Promise.promise();
    Redis.createClient(vertx, options)
        .connect()
        .onSuccess(
            connection -> {
              connection.handler(
                  push -> {
                    if (push.get(0).toString().equals("subscribe")) {
                      handshake.accept().onComplete(accepted);
                    } else {
                      accepted.future().onSuccess(socket -> pushed(socket, push));
                    }
                  });
              connection.send(Request.cmd(Command.SUBSCRIBE).arg(channel));
            });
  }

  private void pushed(ServerWebSocket socket, Response push) {
    if (!"message".equals(push.get(0).toString()) || socket.isClosed()) {
      return;
    }
    JsonObject payload = new JsonObject(push.get(2).toString());
    for (Object event : payload.getJsonArray("events")) {
      deliver.accept(
          socket,
          new JsonObject()
              .put("Luna-Request-id", payload.getString("Luna-Request-Id"))
              .put("handler_id", payload.getString("handler_id"))
              .put("event", event));
    }
  }

  /** Sends a message in two fragments. */
  static void send(ServerWebSocket socket, JsonObject message) {
    String text = message.encodePrettily();
    int half = text.length() / 2;
    socket.writeFrame(WebSocketFrame.textFrame(text.substring(0, half), false));
    socket.writeFrame(
        WebSocketFrame.continuationFrame(
            io.vertx.core.buffer.Buffer.buffer(text.substring(half)), true));
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
