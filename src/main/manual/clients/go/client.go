// Prints each event as it happens, for ever.
// go mod init client && go get github.com/coder/websocket && go run client.go
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/coder/websocket"
)

const (
	pingInterval = 20 * time.Second
	pongTimeout  = 20 * time.Second
)

// To connect again would end the same way.
var mendMe = map[websocket.StatusCode]bool{
	1002: true, 1003: true, 1007: true, 1008: true, 1009: true,
}

// Of the service, or of a proxy before it.
var tryAgain = map[int]bool{429: true, 500: true, 502: true, 503: true, 504: true}

type message struct {
	Event struct {
		ID     string `json:"event_id"`
		Source string `json:"source"`
	} `json:"event"`
	Created string `json:"event-create-time"`
}

func main() {
	for failures := 0; ; failures = min(failures+1, 10) {
		start := time.Now()
		atLeast, err := receive(context.Background())
		log.Print(err)
		if time.Since(start) > 10*time.Second {
			failures = 0 // it was a good connection
		}
		// Jitter over the whole range: clients that lost the same node come back spread out.
		limit := min(10*time.Second, 500*time.Millisecond<<failures)
		time.Sleep(max(atLeast, 100*time.Millisecond+rand.N(limit)))
	}
}

// receive handles one connection. It returns why that ended, and how long to wait at least.
func receive(ctx context.Context) (time.Duration, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	opening, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	socket, response, err := websocket.Dial(opening, env("LUNA_URL", "ws://127.0.0.1:5080/2/ws?gender=1"),
		&websocket.DialOptions{HTTPHeader: http.Header{ // a new connection needs it again
			"Luna-Account-Id": {env("LUNA_ACCOUNT", "8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a")},
		}})
	if err != nil {
		if response == nil || response.StatusCode == http.StatusSwitchingProtocols {
			return 0, err
		}
		body, _ := io.ReadAll(response.Body)
		if !tryAgain[response.StatusCode] {
			log.Fatalf("refused with %d: %s", response.StatusCode, body)
		}
		seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
		return time.Duration(seconds) * time.Second, fmt.Errorf("refused with %d", response.StatusCode)
	}
	defer socket.CloseNow()
	if ignored := response.Header.Get("Luna-Ignored-Parameters"); ignored != "" {
		log.Print("not a filter, check the spelling: ", ignored)
	}
	socket.SetReadLimit(1 << 21) // bytes; one message may have 1 MiB, and the default is 32 KiB
	go watch(ctx, socket)

	for {
		_, text, err := socket.Read(ctx)
		if err != nil {
			if code := websocket.CloseStatus(err); mendMe[code] {
				log.Fatalf("closed with %d: this client has to be mended", code)
			}
			return 0, err
		}
		var m message
		if err := json.Unmarshal(text, &m); err != nil {
			return 0, err
		}
		fmt.Println(m.Created, m.Event.Source, m.Event.ID)
	}
}

// watch cuts a connection whose peer has vanished, for such a peer sends no close.
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
