// Prints each event as one line of JSON, until it is stopped.
// go mod init client && go get github.com/coder/websocket
// go run . gender=1 'cities=Washington, D.C.' cities=München      (repeated name: or this value)
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
)

const (
	pingInterval = 20 * time.Second
	pongTimeout  = 20 * time.Second
)

// Do not reconnect: a bug of this client, or an operator has closed it.
var finalCodes = map[websocket.StatusCode]bool{1002: true, 1003: true, 1007: true, 1008: true, 1009: true, 4403: true}

// From the service, or from a proxy in front of it.
var tryAgain = map[int]bool{429: true, 500: true, 502: true, 503: true, 504: true}

// With LUNA_RESUME=1, if the service keeps a history, the client continues after the last event.
var lastEventID string

// handle should return quickly: a client that reads slower than events arrive is closed with 4008.
func handle(event []byte) {
	var message struct {
		Event struct {
			ID string `json:"event_id"`
		} `json:"event"`
	}
	if json.Unmarshal(event, &message) == nil && message.Event.ID != "" {
		lastEventID = message.Event.ID
	}
	os.Stdout.Write(append(event, '\n'))
}

// handleGap: events of this time may be missing; fetch them from the platform's own store.
func handleGap(gap json.RawMessage) {
	log.Printf("gap %s", gap)
}

func main() {
	address := address(os.Args[1:])
	for failures := 0; ; {
		start := time.Now()
		atLeast, err := receive(context.Background(), address, fetchToken())
		log.Print(err)
		failures = min(failures+1, 10)
		if time.Since(start) > 10*time.Second {
			failures = 0
		}
		// Full jitter: clients that lost the same node do not reconnect at the same time.
		limit := min(10*time.Second, 250*time.Millisecond<<failures)
		time.Sleep(max(atLeast, rand.N(limit)))
	}
}

// address joins values by plain commas, so a comma inside a value is %2C. url.Values encodes every comma as %2C.
func address(filters []string) string {
	var names []string
	values := map[string][]string{}
	for _, filter := range filters {
		name, value, _ := strings.Cut(filter, "=")
		if values[name] == nil {
			names = append(names, name)
		}
		values[name] = append(values[name], url.QueryEscape(value))
	}
	address := env("LUNA_URL", "ws://127.0.0.1:5080/2/ws") + "?gaps=1"
	for _, name := range names {
		address += "&" + name + "=" + strings.Join(values[name], ",")
	}
	return address
}

// fetchToken is for services that require tokens: request one from your issuer here.
func fetchToken() string {
	file, ok := os.LookupEnv("LUNA_TOKEN_FILE")
	if !ok {
		return ""
	}
	token, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	return strings.TrimSpace(string(token))
}

// receive handles one connection. It returns the minimum pause, and why the connection ended.
func receive(ctx context.Context, address, token string) (time.Duration, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	opening, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	header := http.Header{} // needed for each connection
	header.Set("Luna-Account-Id", env("LUNA_ACCOUNT", "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a"))
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	if os.Getenv("LUNA_RESUME") == "1" && lastEventID != "" {
		address += "&after=" + url.QueryEscape(lastEventID)
	}
	socket, response, err := websocket.Dial(opening, address, &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		if response == nil || response.StatusCode == http.StatusSwitchingProtocols {
			return 0, err
		}
		body, _ := io.ReadAll(response.Body)
		err = fmt.Errorf("refused with %d: %s", response.StatusCode, body)
		renewed := response.StatusCode == http.StatusUnauthorized && fetchToken() != token
		if !tryAgain[response.StatusCode] && !renewed {
			log.Fatal(err)
		}
		seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
		return time.Duration(seconds) * time.Second, err
	}
	defer socket.CloseNow()
	if ignored := response.Header.Get("Luna-Ignored-Parameters"); ignored != "" {
		log.Print("no such filter, so it filters nothing: ", ignored)
	}
	socket.SetReadLimit(1 << 21) // bytes; a message can have 1 MiB, and the default is 32 KiB
	go watch(ctx, socket)

	for {
		_, text, err := socket.Read(ctx) // answers pings, too
		if err != nil {
			code := websocket.CloseStatus(err) // -1: there was none
			if finalCodes[code] {
				log.Fatalf("closed with %d: do not reconnect", code)
			}
			if code == 4008 {
				log.Print("read faster, or ask for less")
			}
			return 0, fmt.Errorf("closed with %d: %w", code, err)
		}
		if bytes.HasPrefix(text, []byte(`{"gap":`)) {
			handleGap(text)
		} else if bytes.HasPrefix(text, []byte(`{"interruption":`)) {
			log.Printf("%s", text) // events may be missing from now on, until a gap or "healed" follows
		} else if bytes.HasPrefix(text, []byte(`{"event":`)) {
			handle(text)
		}
	}
}

// watch closes a connection whose peer has disappeared, because such a peer sends no close.
func watch(ctx context.Context, socket *websocket.Conn) {
	for ctx.Err() == nil {
		time.Sleep(pingInterval)
		pinging, cancel := context.WithTimeout(ctx, pongTimeout)
		err := socket.Ping(pinging)
		cancel()
		if err != nil {
			socket.CloseNow()
			return
		}
	}
}

func env(name, otherwise string) string {
	if value, ok := os.LookupEnv(name); ok {
		return value
	}
	return otherwise
}
