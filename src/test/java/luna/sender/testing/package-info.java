/**
 * Code that the tests share: a service on real sockets, a real Redis, a real client; events, fixed
 * and random, and the naive reading of them that is the reference for the parser.
 */
package luna.sender.testing;
