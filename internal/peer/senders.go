package peer

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/notify"
)

// senders is a file of settings that says how a node tells people: it holds passwords and rests beside node.secret.
type senders struct {
	Mail *struct {
		Server   string `json:"server"`   // host:port
		Security string `json:"security"` // "starttls", "tls", or "plain" on loopback
		User     string `json:"user"`     // empty: without signing in
		Password string `json:"password"`
		From     string `json:"from"` // address of the office
	} `json:"mail"`
	SMS *struct {
		Hook string `json:"hook"` // https address of the gateway
		Key  string `json:"key"`  // base64, at least 32 bytes, shared with the gateway
	} `json:"sms"`
	Push *struct {
		Key      string   `json:"key"`      // private key of VAPID, base64url, as "opentrm key push" makes it
		Contact  string   `json:"contact"`  // mailto: or https address of the office, for the push service
		Services []string `json:"services"` // hosts of push services; empty: those of common browsers
	} `json:"push"`
}

// ParseSenders reads the settings of a node for mail, messages and browsers and makes what sends them (docs/runbook/notices.md).
// Nothing is connected to. Random is what encryption to browsers draws from.
//
// It fails with [fault.Invalid]: "peer.senders.form" if b is not of the form or names no way at all, "peer.mail.config",
// "peer.mail.plain", "peer.sms.config" and "peer.push.config" if what it says cannot work. No fault holds what stands in b.
func ParseSenders(b []byte, random io.Reader) (map[notify.Channel]notify.Sender, error) {
	form := fault.New(fault.Invalid, "peer.senders.form")
	var s senders
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return nil, form // the cause may quote a password
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, form
	}
	all := map[notify.Channel]notify.Sender{}
	if m := s.Mail; m != nil {
		host, _, err := net.SplitHostPort(m.Server)
		if err == nil {
			_, err = plainAddress(m.From)
		}
		known := m.Security == "starttls" || m.Security == "tls" || m.Security == "plain"
		if err != nil || host == "" || !known || m.User == "" && m.Password != "" {
			return nil, fault.New(fault.Invalid, "peer.mail.config")
		}
		if m.Security == "plain" && !loopback(host) {
			return nil, fault.New(fault.Invalid, "peer.mail.plain")
		}
		all[notify.Mail] = &Mail{
			Server: m.Server, Implicit: m.Security == "tls", Plain: m.Security == "plain", User: m.User, Password: m.Password, From: m.From,
		}
	}
	if m := s.SMS; m != nil {
		key, err := base64.StdEncoding.DecodeString(m.Key)
		if err != nil {
			return nil, fault.New(fault.Invalid, "peer.sms.config")
		}
		sms, err := NewSMS(m.Hook, key)
		if err != nil {
			return nil, fault.New(fault.Invalid, "peer.sms.config")
		}
		all[notify.SMS] = sms
	}
	if m := s.Push; m != nil {
		push, err := newPush(m.Key, m.Contact, m.Services, random)
		if err != nil {
			return nil, fault.New(fault.Invalid, "peer.push.config") // the cause may quote the key
		}
		all[notify.Push] = push
	}
	if len(all) == 0 {
		return nil, form
	}
	return all, nil
}
