package luna.sender.api;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import luna.sender.admission.Admission;
import luna.sender.socket.ClientInfo;
import luna.sender.socket.Connections;
import luna.sender.socket.Transport;
import org.jspecify.annotations.Nullable;

/**
 * Reads from a handshake what operators see of a client.
 *
 * <p>How: texts are cut, because they stay in memory as long as the client, and clients with equal
 * texts share one string. A query that seems to contain a token or a password is not kept.
 *
 * <p>Owner: confined to its event loop.
 */
final class ClientInfoReader {
  private static final int FILTER_LIMIT = 512;
  private static final int AGENT_LIMIT = 128;
  private static final String SECRET = "(hidden, because it may contain a secret)";

  private final Connections connections;
  private final Admission admission;
  private final LruCache<String> texts = new LruCache<>();

  ClientInfoReader(Connections connections, Admission admission) {
    this.connections = connections;
    this.admission = admission;
  }

  /** Returns null without an operators' API. */
  @Nullable ClientInfo read(HttpServerRequest request, Transport transport) {
    if (!connections.enabled()) {
      return null;
    }
    String query = request.query() == null ? "" : StartParameters.without(request.query());
    String agent = request.getHeader(HttpHeaders.USER_AGENT);
    return new ClientInfo(
        connections.nextNumber(),
        System.currentTimeMillis(),
        transport,
        admission.clientText(request.remoteAddress(), request.headers()),
        UrlSecrets.find(query) == null ? shared(query, FILTER_LIMIT) : SECRET,
        agent == null ? "" : shared(agent, AGENT_LIMIT));
  }

  private String shared(String text, int limit) {
    String cut = text.length() <= limit ? text : text.substring(0, limit - 3) + "...";
    return texts.get(cut, same -> same);
  }
}
