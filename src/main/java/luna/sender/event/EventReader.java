package luna.sender.event;

import java.util.BitSet;
import java.util.Locale;
import luna.sender.event.EventAttribute.Type;
import org.jspecify.annotations.Nullable;

/**
 * Reads the attributes of events and skips everything else.
 *
 * <p>How: walks the tree of the schema's paths along with the JSON, and adds each value that it
 * finds to the attributes of the event.
 *
 * <p>Invariant: the last value of a repeated key wins, as in the parsers of the clients. An event
 * with a repeated key is read again, without the values that {@link RepeatedKeys} found to be
 * replaced.
 *
 * <p>Errors: an attribute of an unexpected type counts as absent. Throws {@link
 * MalformedPayloadException} if the bytes are not JSON.
 *
 * <p>Owner: one thread; used for the events of one payload.
 */
final class EventReader {
  private final JsonScanner in;
  private final EventSchema schema;
  private final PathNode root;

  /** The objects and arrays around the cursor, outermost first. An array is its element's node. */
  private final PathNode[] open;

  /** For each of {@code open}, whether it is an array. */
  private final boolean[] isArray;

  /** For each of {@code open}, the {@link PathNode#bit}s of the keys that were read. */
  private final long[] seen;

  EventReader(JsonScanner in, EventSchema schema, PathNode root) {
    this.in = in;
    this.schema = schema;
    this.root = root;
    this.open = new PathNode[root.height];
    this.isArray = new boolean[root.height];
    this.seen = new long[root.height];
  }

  /** Reads the object at the cursor. */
  Attributes read() throws MalformedPayloadException {
    int start = in.position();
    Attributes attributes = schema.attributes();
    if (read(attributes, null)) {
      return attributes;
    }
    in.moveTo(start);
    BitSet replaced = RepeatedKeys.find(in, root);
    in.moveTo(start);
    Attributes last = schema.attributes();
    read(last, replaced);
    return last;
  }

  /**
   * Reads the object at the cursor. Returns whether all of its keys are different.
   *
   * <p>Why a loop: a recursion is inlined differently from run to run, and can then take twice as
   * long (PayloadParseBench).
   *
   * @param replaced the positions of values to skip, if any
   */
  private boolean read(Attributes attributes, @Nullable BitSet replaced)
      throws MalformedPayloadException {
    PathNode node = root;
    int depth = 0;
    boolean inArray = false;
    long keys = 0;
    boolean different = true;
    open[0] = root;
    in.enterObject();
    while (true) {
      PathNode value;
      if (inArray) {
        value = in.nextElement() ? node : null;
      } else {
        value = in.nextKey(node.keys);
      }
      if (value == null) {
        if (depth == 0) {
          return different;
        }
        depth--;
        node = open[depth];
        inArray = isArray[depth];
        keys = seen[depth];
        if (inArray) {
          node.endElement(attributes);
        }
        continue;
      }
      if (inArray) {
        value.startElement(attributes);
      } else {
        different &= (keys & value.bit) == 0;
        keys |= value.bit;
        if (replaced != null && replaced.get(in.position())) {
          in.skip();
          continue;
        }
      }
      if (value.isScalar) {
        scalars(value.scalars, attributes);
      } else {
        byte first = in.peek();
        PathNode element = first == '[' ? value.element : null;
        boolean array = element != null;
        if (array ? in.enterArray() : first == '{' && isEntered(value, attributes)) {
          seen[depth] = keys;
          keys = 0;
          depth++;
          node = element != null ? element : value;
          inArray = array;
          open[depth] = node;
          isArray[depth] = array;
          continue;
        }
        if (first == '[') {
          in.skip();
        } else if (first != '{') {
          scalars(value.scalars, attributes);
        }
      }
      if (inArray) {
        node.endElement(attributes);
      }
    }
  }

  /** Reads that there is an object, and enters it if something in it is read; else skips it. */
  private boolean isEntered(PathNode node, Attributes attributes) throws MalformedPayloadException {
    for (EventAttribute attribute : node.objects) {
      attributes.addCodes(attribute, 1);
    }
    if (node.keys == PathNode.NO_KEYS) {
      in.skip();
      return false;
    }
    return in.enterObject();
  }

  /** Reads one value as each of these attributes. */
  private void scalars(EventAttribute[] wanted, Attributes attributes)
      throws MalformedPayloadException {
    if (wanted.length == 0) {
      in.skip();
      return;
    }
    int start = in.position();
    scalar(wanted[0], attributes);
    for (int i = 1; i < wanted.length; i++) {
      in.moveTo(start);
      scalar(wanted[i], attributes);
    }
  }

  private void scalar(EventAttribute attribute, Attributes attributes)
      throws MalformedPayloadException {
    switch (attribute.type()) {
      case TEXT, UUID -> attributes.addText(attribute, text(attribute.type(), in.string()));
      case NUMBER -> attributes.addNumber(attribute, in.number());
      case CODE -> attributes.addCodes(attribute, code(attribute.codes()));
      case OBJECT -> in.skip();
    }
  }

  /** Returns a text as attributes of this type are compared. */
  static @Nullable String text(Type type, @Nullable String text) {
    return text == null || type != Type.UUID ? text : text.toLowerCase(Locale.ROOT);
  }

  /** Reads an outcome: a name, or a number in some versions of the platform. */
  private long code(@Nullable CodeNames codes) throws MalformedPayloadException {
    if (codes == null) {
      in.skip();
      return 0;
    }
    return in.peek() == '"' ? in.code(codes) : codes.mask(in.number());
  }
}
