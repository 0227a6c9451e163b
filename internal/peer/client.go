package peer

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
)

// Timeouts of a client. A zero field takes its default.
type Timeouts struct {
	Dial   time.Duration // default 5 s
	Answer time.Duration // until the header of the answer is there; default 30 s
	Whole  time.Duration // of a call; default 2 min
}

// Client calls other nodes. It is the carrier of package exchange. It is safe for use by many goroutines.
type Client struct {
	Certificate func() (tls.Certificate, error)
	Timeouts    Timeouts
	// Dial opens connections; nil: net.Dialer. A test cuts the network here.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	mu    sync.Mutex
	lines map[id.Member]*line
	gone  bool
}

var _ exchange.Carrier = (*Client)(nil)

// line returns what leads to a member. When her keys change, connections to the old ones are given up.
func (c *Client) line(to member.Member) *line {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.lines[to.ID]
	if l != nil && slices.Equal(l.pins, to.Keys.TLS) {
		return l
	}
	if l != nil {
		l.close()
	}
	if c.lines == nil {
		c.lines = make(map[id.Member]*line)
	}
	t := Timeouts{
		Dial: orElse(c.Timeouts.Dial, 5*time.Second), Answer: orElse(c.Timeouts.Answer, 30*time.Second),
		Whole: orElse(c.Timeouts.Whole, 2*time.Minute),
	}
	dial := c.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: t.Dial}).DialContext
	}
	l = &line{
		pins: slices.Clone(to.Keys.TLS), config: clientTLS(to, c.Certificate), dial: dial, wait: t,
		places: make(chan struct{}, maxConns), gone: c.gone,
	}
	c.lines[to.ID] = l
	return l
}

// Close gives up idle connections, and those in use once they are.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
	for _, l := range c.lines {
		l.close()
	}
	clear(c.lines)
}

// request is one call.
type request struct {
	method, path string
	contentType  string
	body         []byte
	limit        int64 // bytes of the answer
}

// ask tries the addresses of a member in turn until one answers.
//
// It fails with [fault.Unavailable] if none does, [fault.Denied] "peer.key.other" if whoever answers is not
// the member, and as the other node says.
func (c *Client) ask(ctx context.Context, to member.Member, q request) ([]byte, http.Header, error) {
	err := error(fault.New(fault.Unavailable, "peer.unreachable"))
	for _, address := range to.Addresses {
		var body []byte
		var header http.Header
		body, header, err = c.once(ctx, to, address, q)
		if err == nil || ctx.Err() != nil || !fault.Is(err, fault.Unavailable) {
			return body, header, err
		}
	}
	return nil, nil, err
}

func (c *Client) once(ctx context.Context, to member.Member, address string, q request) ([]byte, http.Header, error) {
	r, err := http.NewRequestWithContext(ctx, q.method, address+q.path, nil)
	if err != nil || r.URL.Scheme != "https" {
		return nil, nil, fault.Wrap(fault.Unavailable, "peer.address", err)
	}
	r.Header.Set("User-Agent", "opentrm")
	if q.contentType != "" {
		r.Header.Set("Content-Type", q.contentType)
	}
	a, err := c.line(to).call(ctx, r, q.body, q.limit)
	if err != nil {
		if f, ok := errors.AsType[*fault.Error](err); ok {
			return nil, nil, f // our own handshake refused whoever answered
		}
		return nil, nil, fault.Wrap(fault.Unavailable, "peer.unreachable", err)
	}
	if a.code != http.StatusOK && a.code != http.StatusNoContent {
		return nil, nil, understand(a.code, a.header.Get("Content-Type"), bytes.NewReader(a.body))
	}
	if int64(len(a.body)) > q.limit {
		return nil, nil, fault.New(fault.TooLarge, "peer.too-large")
	}
	return a.body, a.header, nil
}

// Push hands envelopes to the node of a member and returns its answer to each. What is too long for a parcel goes by
// itself.
//
// It fails as [Client.ask] does, and with [fault.Unavailable] "peer.answers" if the answers do not fit the envelopes.
func (c *Client) Push(ctx context.Context, to member.Member, envelopes [][]byte) ([]exchange.Answer, error) {
	if len(envelopes) == 1 && len(envelopes[0]) > fillParcel {
		return c.pushOne(ctx, to, envelopes[0])
	}
	b, _, err := c.ask(ctx, to, request{http.MethodPut, "/exchange/v1/envelopes", parcelType, packParcel(envelopes), maxAnswers})
	if err != nil {
		return nil, err
	}
	list, err := openParcel(b, max(envelope.MaxReceipt, maxProblem))
	if err != nil || len(list) != len(envelopes) {
		return nil, fault.Wrap(fault.Unavailable, "peer.answers", err)
	}
	answers := make([]exchange.Answer, len(list))
	for i, raw := range list {
		if code, failed := failure(raw); failed {
			answers[i].Err = understood(code, raw)
		} else {
			answers[i].Receipt = raw
		}
	}
	return answers, nil
}

func (c *Client) pushOne(ctx context.Context, to member.Member, sealed []byte) ([]exchange.Answer, error) {
	e, err := envelope.Parse(sealed)
	if err != nil {
		return nil, err
	}
	b, _, err := c.ask(ctx, to, request{http.MethodPut, "/exchange/v1/envelopes/" + string(e.ID), envelopeType, sealed, envelope.MaxReceipt})
	if f, ok := errors.AsType[*fault.Error](err); err != nil && (!ok || f.Kind == fault.Unavailable || f.Key == keyOther) {
		return nil, err
	}
	return []exchange.Answer{{Receipt: b, Err: err}}, nil // she has answered: others may follow
}

// Deposit asks a member to keep an envelope for another, and returns its receipt.
func (c *Client) Deposit(ctx context.Context, via member.Member, sealed []byte) ([]byte, error) {
	e, err := envelope.Parse(sealed)
	if err != nil {
		return nil, err
	}
	path := "/exchange/v1/mailbox/" + string(e.Header.To) + "/" + string(e.ID)
	b, _, err := c.ask(ctx, via, request{http.MethodPut, path, envelopeType, sealed, envelope.MaxReceipt})
	return b, err
}

// Pull asks a member for what waits there for us.
func (c *Client) Pull(ctx context.Context, from member.Member, after id.Envelope) (exchange.Parcel, error) {
	path := "/exchange/v1/waiting?after=" + url.QueryEscape(string(after))
	b, header, err := c.ask(ctx, from, request{method: http.MethodGet, path: path, limit: maxParcel})
	if err != nil {
		return exchange.Parcel{}, err
	}
	list, err := openParcel(b, envelope.MaxEnvelope)
	return exchange.Parcel{Envelopes: list, More: header.Get(moreHeader) == "true"}, err
}

// Return gives receipts for what was pulled.
func (c *Client) Return(ctx context.Context, to member.Member, receipts [][]byte) error {
	for chunk := range slices.Chunk(receipts, maxItems) {
		_, _, err := c.ask(ctx, to, request{http.MethodPut, "/exchange/v1/receipts", parcelType, packParcel(chunk), 0})
		if err != nil {
			return err
		}
	}
	return nil
}

// Roster asks a member for the roster that she holds. Its signatures are not judged.
func (c *Client) Roster(ctx context.Context, from member.Member) (member.Signed, error) {
	b, _, err := c.ask(ctx, from, request{method: http.MethodGet, path: "/exchange/v1/roster", limit: member.MaxRoster})
	if err != nil {
		return member.Signed{}, err
	}
	return member.ParseRoster(b)
}

// Reach calls the node of a member and tells which roster rules there, what its clock says, and how long it took. That the key
// is hers the handshake has shown.
//
// It fails as [Client.ask] does.
func (c *Client) Reach(ctx context.Context, to member.Member) (exchange.Reached, error) {
	begun := time.Now()
	b, header, err := c.ask(ctx, to, request{method: http.MethodGet, path: "/exchange/v1/roster", limit: member.MaxRoster})
	out := exchange.Reached{Took: time.Since(begun)}
	if err != nil {
		return out, err
	}
	signed, err := member.ParseRoster(b)
	if err != nil {
		return out, err
	}
	out.Roster = signed.Roster.Version
	if at, err := http.ParseTime(header.Get("Date")); err == nil {
		// The header has whole seconds, cut off: half of one on is the middle of what it can mean.
		out.Ahead, out.Timed = at.Add(time.Second/2).Sub(begun.Add(out.Took/2)).Truncate(time.Second), true
	}
	return out, nil
}

// Log asks a member for a text or tile of her log: "checkpoint", "1/consistency/640", "1/tile/0/000".
func (c *Client) Log(ctx context.Context, from member.Member, resource string) ([]byte, error) {
	b, _, err := c.ask(ctx, from, request{method: http.MethodGet, path: "/exchange/v1/log/" + resource, limit: 256 << 10})
	return b, err
}
