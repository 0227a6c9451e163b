package peer

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
)

// Office returns what answers requests over TLS as a node does for other nodes, and how to end it.
func Office(handler http.Handler, config *tls.Config, limits Limits, log *slog.Logger) (serve func(net.Listener) error, end func(context.Context) error) {
	o := newOffice(handler, config, limits.filled(), log)
	return o.serve, o.close
}

// Signatures is what a webhook is signed with.
func Signatures(message, stamp string, body []byte, secrets [][]byte, seed []byte) string {
	return signatures(message, stamp, body, secrets, seed)
}
