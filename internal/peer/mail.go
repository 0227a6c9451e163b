package peer

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/netip"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/notify"
)

// Mail carries notices over SMTP. The line is encrypted (STARTTLS, or TLS from the start) before anything is said;
// only to a server on this machine may it be plain.
type Mail struct {
	Server   string // host:port
	Implicit bool   // TLS from the start (port 465); otherwise STARTTLS
	Plain    bool   // no TLS: refused unless the server is on loopback
	User     string // empty: without signing in
	Password string
	From     string // address of the sender, of the office; never of a person
	Hello    string // name by which the node greets; default "localhost", which tells nothing
	TLS      *tls.Config
	Timeout  time.Duration // of one message; default 30 s
	Now      func() time.Time
}

var (
	_ notify.Sender  = (*Mail)(nil)
	_ notify.Checker = (*Mail)(nil)
)

// Check reads an address.
//
// It fails with [fault.Invalid] "notify.address" for anything but one bare mail address.
func (m *Mail) Check(address string) error {
	_, err := plainAddress(address)
	return err
}

// Send carries one message.
//
// It fails with [fault.Unavailable] if it may be tried again, and with [fault.Invalid] "notify.address" if the
// address will never work.
func (m *Mail) Send(ctx context.Context, n notify.Message) error {
	to, err := plainAddress(n.To)
	if err != nil {
		return err
	}
	from, err := plainAddress(m.From)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "peer.mail.config", err)
	}
	body, err := m.compose(from, to, n)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, orElse(m.Timeout, 30*time.Second))
	defer cancel()
	c, err := m.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := m.hand(c, from, to, body); err != nil {
		return err
	}
	_ = c.Quit() // the message is taken already
	return nil
}

// plainAddress checks that s is one bare mail address.
func plainAddress(s string) (string, error) {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s || strings.ContainsAny(s, "\r\n") {
		return "", fault.Wrap(fault.Invalid, "notify.address", err)
	}
	return s, nil
}

// dial connects and encrypts.
func (m *Mail) dial(ctx context.Context) (*smtp.Client, error) {
	later := func(err error) error { return fault.Wrap(fault.Unavailable, "peer.mail.unreachable", err) }
	host, _, err := net.SplitHostPort(m.Server)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "peer.mail.config", err)
	}
	if m.Plain && !loopback(host) {
		return nil, fault.New(fault.Unavailable, "peer.mail.plain")
	}
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", m.Server)
	if err != nil {
		return nil, later(err)
	}
	until, _ := ctx.Deadline()
	if err := conn.SetDeadline(until); err != nil {
		return nil, later(errors.Join(err, conn.Close()))
	}
	secure := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if m.TLS != nil {
		secure = m.TLS.Clone()
		secure.MinVersion, secure.ServerName = max(secure.MinVersion, tls.VersionTLS12), host
	}
	if m.Implicit {
		conn = tls.Client(conn, secure)
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return nil, later(errors.Join(err, conn.Close()))
	}
	if err := c.Hello(orElse(m.Hello, "localhost")); err != nil {
		return nil, later(errors.Join(err, c.Close()))
	}
	if !m.Implicit && !m.Plain {
		// A server that offers no STARTTLS, or somebody on the line who has taken the offer out, gets nothing.
		if err := c.StartTLS(secure); err != nil {
			return nil, later(errors.Join(err, c.Close()))
		}
	}
	return c, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// hand gives the message to the server.
func (m *Mail) hand(c *smtp.Client, from, to string, body []byte) error {
	later := func(err error) error { return fault.Wrap(fault.Unavailable, "peer.mail.refused", err) }
	if m.User != "" {
		host, _, _ := net.SplitHostPort(m.Server) // was read before
		if err := c.Auth(smtp.PlainAuth("", m.User, m.Password, host)); err != nil {
			return later(err)
		}
	}
	if err := c.Mail(from); err != nil {
		return later(err)
	}
	if err := c.Rcpt(to); err != nil {
		if said, ok := errors.AsType[*textproto.Error](err); ok && said.Code >= 500 {
			return fault.Wrap(fault.Invalid, "notify.address", err)
		}
		return later(err)
	}
	w, err := c.Data()
	if err != nil {
		return later(err)
	}
	if _, err := w.Write(body); err != nil {
		return later(err)
	}
	if err := w.Close(); err != nil {
		return later(err)
	}
	return nil
}

// compose writes the message (RFC 5322). Its identifier and its greeting tell nothing about the node.
func (m *Mail) compose(from, to string, n notify.Message) ([]byte, error) {
	if strings.ContainsAny(n.Subject, "\r\n") {
		return nil, fault.New(fault.Invalid, "peer.message")
	}
	now := time.Now
	if m.Now != nil {
		now = m.Now
	}
	_, domain, _ := strings.Cut(from, "@")
	var b bytes.Buffer
	header := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	header("From", "<"+from+">")
	header("To", "<"+to+">")
	header("Subject", mime.QEncoding.Encode("utf-8", n.Subject))
	header("Date", now().UTC().Format(time.RFC1123Z))
	header("Message-ID", "<"+string(id.Random[id.Notice](id.Maker{}))+"@"+domain+">")
	header("Auto-Submitted", "auto-generated")
	if n.Urgent {
		header("Importance", "high")
	}
	header("MIME-Version", "1.0")
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	_, err := q.Write([]byte(strings.ReplaceAll(n.Body, "\n", "\r\n")))
	if err = errors.Join(err, q.Close()); err != nil {
		return nil, fault.Wrap(fault.Internal, "peer.message", err)
	}
	b.WriteString("\r\n")
	return b.Bytes(), nil
}
