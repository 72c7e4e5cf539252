package luna.sender.pages;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPOutputStream;
import luna.sender.api.Responses;
import luna.sender.config.PackagedFile;
import luna.sender.headers.FieldValue;
import org.jspecify.annotations.Nullable;

/**
 * A file as browsers get it: with its type and its {@code ETag}, and text also as gzip.
 *
 * <p>How: a file of the jar is read and compressed at its first request, by a worker thread, and
 * kept in memory. A start loads none, and no request costs an event loop more than a copy.
 *
 * <p>Source: RFC 9110 sections 8.8.3, 12.5.3 and 13.1.2.
 *
 * <p>Why not Vert.x's {@code StaticHandler}: it sends no {@code ETag}, so browsers would load all
 * files each time.
 *
 * @param gzip null if the file is sent only as it is
 */
record PageFile(String type, Form plain, @Nullable Form gzip) {
  /** One encoding of the content, with a tag of its own. */
  record Form(Buffer body, String tag) {}

  private static final Map<String, PageFile> LOADED = new ConcurrentHashMap<>();

  /** Below this, a response is one packet anyway. */
  private static final int MIN_GZIP_BYTES = 1_000;

  /** Returns a document that is not compressed. */
  static PageFile of(String name, Buffer content) {
    return new PageFile(type(name), new Form(content, '"' + hash(content) + '"'), null);
  }

  /** Sends a file of the jar, by its name on the class path. */
  static void send(RoutingContext context, String name) {
    PageFile loaded = LOADED.get(name);
    if (loaded != null) {
      loaded.send(context);
      return;
    }
    context
        .vertx()
        .executeBlocking(() -> LOADED.computeIfAbsent(name, PageFile::load), false)
        .onSuccess(file -> file.send(context))
        .onFailure(context::fail);
  }

  private static PageFile load(String name) {
    Buffer content = Buffer.buffer(PackagedFile.read(name));
    String type = type(name);
    String hash = hash(content);
    boolean isText = type.endsWith("utf-8") || type.endsWith("json") || type.endsWith("xml");
    Form gzip =
        isText && content.length() >= MIN_GZIP_BYTES
            ? new Form(compress(content), '"' + hash + "-gzip\"")
            : null;
    return new PageFile(type, new Form(content, '"' + hash + '"'), gzip);
  }

  /** Sends the file. Browsers revalidate it each time, because its name has no version. */
  void send(RoutingContext context) {
    HttpServerRequest request = context.request();
    Form form = gzip != null && acceptsGzip(request) ? gzip : plain;
    HttpServerResponse response =
        context
            .response()
            .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
            .putHeader(HttpHeaders.ETAG, form.tag);
    if (gzip != null) {
      response.headers().add(HttpHeaders.VARY, "accept-encoding");
    }
    if (isKnown(form.tag, request.headers().getAll(HttpHeaders.IF_NONE_MATCH))) {
      response.setStatusCode(304).end();
      return;
    }
    response.putHeader(HttpHeaders.CONTENT_TYPE, type);
    if (form == gzip) {
      response.putHeader(HttpHeaders.CONTENT_ENCODING, "gzip");
    }
    Responses.end(request, form.body);
  }

  private static boolean acceptsGzip(HttpServerRequest request) {
    List<String> codings = FieldValue.list(request.headers().getAll(HttpHeaders.ACCEPT_ENCODING));
    return codings != null && codings.stream().anyMatch(PageFile::isGzip);
  }

  /** Returns whether this element names gzip, with a weight that is not zero. */
  private static boolean isGzip(String coding) {
    List<String> parts = FieldValue.split(coding, ';');
    if (parts == null || parts.isEmpty() || !parts.get(0).equalsIgnoreCase("gzip")) {
      return false;
    }
    Map<String, String> parameters = FieldValue.parameters(parts.subList(1, parts.size()));
    return parameters != null
        && parameters.getOrDefault("q", "1").chars().anyMatch(c -> c >= '1' && c <= '9');
  }

  /**
   * Returns whether the client has this version. The header is a list of tags with weak comparison.
   */
  private static boolean isKnown(String tag, List<String> ifNoneMatch) {
    List<String> tags = FieldValue.list(ifNoneMatch);
    return tags != null
        && tags.stream()
            .anyMatch(each -> each.equals("*") || each.equals(tag) || each.equals("W/" + tag));
  }

  private static String type(String name) {
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "html" -> "text/html; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      case "js" -> "text/javascript; charset=utf-8";
      case "svg" -> "image/svg+xml";
      case "png" -> "image/png";
      case "json" -> "application/json";
      case "conf", "go", "java", "mod", "py", "sh", "sum", "txt" -> "text/plain; charset=utf-8";
      default -> "application/octet-stream";
    };
  }

  private static String hash(Buffer content) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(content.getBytes());
      return HexFormat.of().formatHex(digest, 0, 12);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("SHA-256: none (expected: in every JVM)", impossible);
    }
  }

  private static Buffer compress(Buffer content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(content.length() / 3);
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(content.getBytes());
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return Buffer.buffer(bytes.toByteArray());
  }
}
