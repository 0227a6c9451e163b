package node

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/opentrm/opentrm/internal/api"
	"github.com/opentrm/opentrm/internal/fault"
)

// Start listens where the configuration says, and begins the unattended work. A port may be 0: [Node.PeerAddress] and
// [Node.PeopleAddress] say which one it became. It returns once everything listens.
//
// It fails with [fault.Unavailable] "node.listen" if an address cannot be listened on.
func (n *Node) Start(ctx context.Context) error {
	if err := n.Listen(ctx); err != nil {
		return err
	}
	n.Log.Info("node.listening", "member", string(n.Member), "people", n.PeopleAddress(), "peers", n.PeerAddress())
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	n.mu.Lock()
	n.stop = stop
	n.mu.Unlock()
	n.running.Go(func() { n.ended(n.Work.Run(run)) })
	n.running.Go(n.Carry(run))
	return nil
}

// Carry brings on its way what this process seals, as soon as it is durable, until ctx ends; wait waits for that end.
// [Node.Start] does so.
func (n *Node) Carry(ctx context.Context) (wait func()) {
	return n.Exchange.Carry(ctx, func(err error) {
		kind, key, _ := fault.Public(err)
		n.Log.Warn("node.carry.failed", "kind", kind.String(), "key", key, "cause", err.Error())
	})
}

// Listen is [Node.Start] without the unattended work, which the caller does by [job.Runner.Tick].
func (n *Node) Listen(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.failed = make(chan error, 4)
	var err error
	if n.Config.Peer != "" {
		if n.peers, err = listen(ctx, n.Config.Peer); err != nil {
			return err
		}
		l := n.peers
		n.running.Go(func() { n.ended(n.Peer.Serve(l)) })
	}
	if n.Config.Listen == "" {
		return nil
	}
	if n.people, err = listen(ctx, n.Config.Listen); err != nil {
		return err
	}
	scheme := "http://"
	if n.Config.TLSCert != "" {
		certificate, err := tls.LoadX509KeyPair(n.Config.TLSCert, n.Config.TLSKey)
		if err != nil {
			return fault.Wrap(fault.Invalid, "node.config", err).With("field", "tls")
		}
		scheme = "https://"
		n.people = tls.NewListener(n.people, &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}})
	}
	if n.Notices.Address == "" {
		n.Notices.Address = scheme + n.people.Addr().String()
	}
	n.server = &http.Server{
		Handler:           n.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       5 * time.Minute, // attachments over a slow line; each handler has its own limit of size
		WriteTimeout:      5 * time.Minute,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(n.Log.Handler(), slog.LevelDebug),
	}
	server, l := n.server, n.people
	n.running.Go(func() {
		err := server.Serve(l)
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
		n.ended(err)
	})
	return nil
}

// Handler returns everything that people and programs are shown: pages and, below its prefix, the JSON interface.
func (n *Node) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(api.Prefix+"/", n.API.Handler())
	mux.Handle("/", n.Web.Handler())
	return mux
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "node.listen", err).With("address", address)
	}
	return l, nil
}

// ended takes note of a part of the node that has come to its end.
func (n *Node) ended(err error) {
	if err == nil {
		return
	}
	n.Log.Error("node.part.failed", "cause", err.Error())
	select {
	case n.failed <- err:
	default:
	}
}

// Failed gives the failure of a part of the node without which it cannot go on.
func (n *Node) Failed() <-chan error { return n.failed }

// PeerAddress returns host and port on which other nodes are answered, "" if none are.
func (n *Node) PeerAddress() string { return addressOf(&n.peers, n) }

// PeopleAddress returns host and port on which people and programs are answered, "" if none are.
func (n *Node) PeopleAddress() string { return addressOf(&n.people, n) }

func addressOf(l *net.Listener, n *Node) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if *l == nil {
		return ""
	}
	return (*l).Addr().String()
}

// Close ends the node: it stops listening, waits a little for what is in hand, gives leases back and closes the
// storage.
func (n *Node) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, closeWithin)
	defer cancel()
	n.mu.Lock()
	stop, server := n.stop, n.server
	n.mu.Unlock()
	var failed []error
	if server != nil {
		if err := server.Shutdown(ctx); err != nil {
			failed = append(failed, err, server.Close())
		}
	}
	failed = append(failed, n.Peer.Close(ctx))
	if stop != nil {
		stop()
	}
	n.running.Wait()
	n.Caller.Close()
	n.Exchange.Forget()
	n.Searches.Close()
	n.Counts.Close()
	if k := n.keys.Swap(nil); k != nil {
		for _, private := range k.keys.Controls() {
			private.Wipe()
		}
		k.keys.Envelope.Wipe()
		k.keys.Checkpoint.Wipe()
		k.keys.Witness.Wipe()
		k.keys.TLS.Wipe()
	}
	return errors.Join(append(failed, n.DB.Close())...)
}
