package peer

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// Limits bound what other nodes can make this one do. A zero field takes its default.
type Limits struct {
	Connections int           // open at once, strangers included; default 256
	Knocks      rate.Limit    // new connections per second from one address; default 50
	KnockBurst  int           // default 200
	Requests    rate.Limit    // per second of one member; default 500
	Burst       int           // default 500, at least as many as a parcel of envelopes holds
	AtOnce      int           // requests of one member in hand; default 16
	Memory      int64         // bytes of bodies in memory at once, of all members; default 96 MiB, of one member half of it
	Header      time.Duration // to finish the handshake and the header of a request; default 5 s
	Body        time.Duration // to finish a request; default 30 s
	Idle        time.Duration // that an unused connection stays; default 60 s
}

func orElse[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

func (l Limits) filled() Limits {
	return Limits{
		Connections: orElse(l.Connections, 256), Knocks: orElse(l.Knocks, 50), KnockBurst: orElse(l.KnockBurst, 200),
		Requests: orElse(l.Requests, 500), Burst: max(orElse(l.Burst, 500), maxPushed), AtOnce: orElse(l.AtOnce, 16),
		Memory: orElse(l.Memory, 96<<20), Header: orElse(l.Header, 5*time.Second),
		Body: orElse(l.Body, 30*time.Second), Idle: orElse(l.Idle, time.Minute),
	}
}

// gate lets members in as far as their limits go.
type gate struct {
	limits Limits
	mu     sync.Mutex
	memory int64
	each   map[id.Member]*usage
}

// usage is what one member uses now. There are as many as members in the roster.
type usage struct {
	rate   *rate.Limiter
	atOnce int
	memory int64
}

func busy() error { return fault.New(fault.Unavailable, "peer.busy") }

// enter admits a request of a member that needs so many bytes, until the function returned is called.
//
// It fails with [fault.Unavailable] "peer.busy" if the member has too much in hand or the node is full.
func (g *gate) enter(m id.Member, size int64) (leave func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.each == nil {
		g.each = make(map[id.Member]*usage)
	}
	u := g.each[m]
	if u == nil {
		u = &usage{rate: rate.NewLimiter(g.limits.Requests, g.limits.Burst)}
		g.each[m] = u
	}
	if !u.rate.Allow() || u.atOnce >= g.limits.AtOnce || u.memory+size > g.limits.Memory/2 || g.memory+size > g.limits.Memory {
		return nil, busy()
	}
	u.atOnce++
	u.memory += size
	g.memory += size
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		u.atOnce--
		u.memory -= size
		g.memory -= size
	}, nil
}

// more charges a request that holds n further ones.
//
// It fails as [gate.enter].
func (g *gate) more(m id.Member, n int) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if u := g.each[m]; u == nil || !u.rate.AllowN(time.Now(), n) {
		return busy()
	}
	return nil
}

// doorman is a listener that bounds connections before a byte of them is read.
type doorman struct {
	net.Listener
	limits Limits
	places chan struct{}
	mu     sync.Mutex
	knocks map[netip.Addr]*rate.Limiter
}

const maxAddresses = 4096 // remembered; then they are forgotten together

func newDoorman(l net.Listener, limits Limits) *doorman {
	return &doorman{Listener: l, limits: limits, places: make(chan struct{}, limits.Connections), knocks: map[netip.Addr]*rate.Limiter{}}
}

// Accept waits for a connection that may come in. Others are closed at once.
func (d *doorman) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if !d.known(c.RemoteAddr()) {
			_ = c.Close()
			continue
		}
		select {
		case d.places <- struct{}{}:
			return &placed{Conn: c, leave: sync.OnceFunc(func() { <-d.places })}, nil
		default:
			_ = c.Close()
		}
	}
}

func (d *doorman) known(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return true
	}
	from := tcp.AddrPort().Addr().Unmap()
	if from.Is6() {
		p, err := from.Prefix(64) // whoever has one address of it has all of them
		if err != nil {
			return false
		}
		from = p.Addr()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.knocks[from]
	if l == nil {
		if len(d.knocks) >= maxAddresses {
			clear(d.knocks)
		}
		l = rate.NewLimiter(d.limits.Knocks, d.limits.KnockBurst)
		d.knocks[from] = l
	}
	return l.Allow()
}

// placed is a connection that has one of the places.
type placed struct {
	net.Conn
	leave func()
}

// Close gives the place back.
func (p *placed) Close() error {
	defer p.leave()
	return p.Conn.Close()
}

// CloseWrite says that nothing more will be said.
func (p *placed) CloseWrite() error {
	if half, ok := p.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
