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

  EventReader(JsonScanner in, EventSchema schema, PathNode root) {
    this.in = in;
    this.schema = schema;
    this.root = root;
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
    // The object or the array around the cursor. An array is its element's node.
    PathNode node = root;
    boolean inArray = false;
    // The bits of the keys that were read in this object and those around it.
    long keys = 0;
    boolean different = true;
    in.enterObject();
    while (true) {
      PathNode value;
      if (inArray) {
        value = in.nextElement() ? node : null;
      } else {
        value = in.nextKey(node.keys);
      }
      if (value == null) {
        if (node == root) {
          return different;
        }
        PathNode ended = inArray ? node.outer : node;
        inArray = ended.isElement;
        node = inArray ? ended : ended.outer;
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
      PathNode entered = null;
      switch (value.content) {
        case OBJECT -> entered = in.enterObject() ? value : null;
        case ARRAY -> entered = in.enterArray() ? value.element : null;
        case TEXT -> attributes.addText(value.scalars[0], in.string());
        case NUMBER -> attributes.addNumber(value.scalars[0], in.number());
        case CODE -> attributes.addCodes(value.scalars[0], code(value.scalars[0].codes()));
        case MIXED -> entered = mixed(value, attributes);
      }
      if (entered != null) {
        node = entered;
        inArray = entered != value;
        keys &= entered.outerBits;
      } else if (inArray) {
        node.endElement(attributes);
      }
    }
  }

  /** Reads a value of any type, or enters it and returns its node. */
  private @Nullable PathNode mixed(PathNode node, Attributes attributes)
      throws MalformedPayloadException {
    byte first = in.peek();
    if (first == '{') {
      return isEntered(node, attributes) ? node : null;
    }
    if (first == '[' && node.element != null) {
      in.enterArray();
      return node.element;
    }
    scalars(node.scalars, attributes);
    return null;
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
