package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// mostBrowsers is how many browsers of one person are told.
const mostBrowsers = 5

// Offers reports whether this node can tell people over a channel.
func (s *Service) Offers(c Channel) bool { return s.Senders[c] != nil }

// Mine returns how the actor herself wants to be reached, and the browsers in which she is told. Who has said nothing has a
// setting without a channel.
//
// It fails with [fault.Denied].
func (s *Service) Mine(ctx context.Context, who access.Actor) (Setting, []Browser, error) {
	if err := access.Check(who, access.SettingsNotice, own(who.User)); err != nil {
		return Setting{}, nil, err
	}
	var set Setting
	var browsers []Browser
	err := s.Read(ctx, func(tx Tx) (err error) {
		set, browsers, err = ways(ctx, tx, who.User)
		return err
	})
	return set, browsers, err
}

// Mark names a setting as it stands: it is another as soon as anything of it is. Who has said nothing has the empty one.
func (in Setting) Mark() string {
	if in.Channel == "" {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %d %d %q %q %q %q", in.Channel, in.Address, in.QuietFrom, in.QuietTo, in.Zone, in.Language, in.Second, in.SecondAddress))
	return hex.EncodeToString(sum[:16])
}

// Set keeps how the actor herself wants to be reached, by what stood when she read it: [Setting.Mark]. A push subscription becomes one of her browsers, if it is none yet.
//
// It fails with [fault.Denied], [fault.Invalid] naming the field or "notify.address" for an address that cannot be reached,
// [fault.Conflict] "notify.browsers" as [Service.Subscribe], and [fault.Stale] if it was changed since, in another browser or by a program.
func (s *Service) Set(ctx context.Context, who access.Actor, read string, in Setting) error {
	if err := access.Check(who, access.SettingsNotice, own(in.User)); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	for _, way := range in.ways() {
		if err := s.reachable(way.Channel, way.Address); err != nil {
			return err
		}
	}
	return s.Write(ctx, audit.Did(who, access.SettingsNotice, string(in.User)), func(tx Tx) error {
		stands, _, err := ways(ctx, tx, in.User)
		if err != nil {
			return err
		}
		if stands.Mark() != read {
			return fault.New(fault.Stale, "store.row.version")
		}
		for _, way := range in.ways() {
			if way.Channel != Push || way.Address == "" {
				continue
			}
			if err := s.subscribe(ctx, tx, in.User, way.Address); err != nil {
				return err
			}
		}
		if in.Channel == Push {
			in.Address = ""
		}
		if in.Second == Push {
			in.Second, in.SecondAddress = "", ""
		}
		return tx.SetNoticeSetting(ctx, in)
	})
}

// Subscribe adds a browser in which the actor herself is told. In is used if she has said nothing about the rest yet; its
// channel and address are left out of account.
//
// It fails with [fault.Denied], [fault.Invalid] "notify.address" if the subscription cannot be reached or this node tells
// nobody over a browser, and [fault.Conflict] "notify.browsers" if she has too many.
func (s *Service) Subscribe(ctx context.Context, who access.Actor, in Setting, address string) error {
	if err := access.Check(who, access.SettingsNotice, own(in.User)); err != nil {
		return err
	}
	in.Channel, in.Address, in.Second, in.SecondAddress = Push, "", "", ""
	if err := in.check(); err != nil {
		return err
	}
	if !s.Offers(Push) || address == "" || len(address) > maxAddress {
		return fault.New(fault.Invalid, "notify.address")
	}
	if err := s.reachable(Push, address); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.SettingsNotice, string(in.User)), func(tx Tx) error {
		set, _, err := ways(ctx, tx, in.User)
		if err == nil && set.Channel == "" {
			err = tx.SetNoticeSetting(ctx, in)
		}
		if err != nil {
			return err
		}
		return s.subscribe(ctx, tx, in.User, address)
	})
}

// subscribe adds a browser unless it is there.
func (s *Service) subscribe(ctx context.Context, tx Tx, user id.User, address string) error {
	all, err := tx.NoticeBrowsers(ctx, user)
	if err != nil || slices.ContainsFunc(all, func(b Browser) bool { return b.Address == address }) {
		return err
	}
	if len(all) >= mostBrowsers {
		return fault.New(fault.Conflict, "notify.browsers")
	}
	return tx.AddNoticeBrowser(ctx, Browser{ID: id.Ordered[id.Browser](s.IDs), User: user, Address: address, Made: frame.At(s.Now())})
}

// Unsubscribe forgets a browser of the actor herself, by its number or, if that is empty, by its address. One that is not
// there is forgotten already.
//
// It fails with [fault.Denied].
func (s *Service) Unsubscribe(ctx context.Context, who access.Actor, browser id.Browser, address string) error {
	if err := access.Check(who, access.SettingsNotice, own(who.User)); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.SettingsNotice, string(who.User)), func(tx Tx) error {
		all, err := tx.NoticeBrowsers(ctx, who.User)
		if err != nil {
			return err
		}
		for _, b := range all {
			if b.ID == browser || browser == "" && b.Address == address {
				if err := tx.DropNoticeBrowser(ctx, who.User, b.ID); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// own is the record of a user about herself.
func own(user id.User) access.Resource {
	return access.Resource{Noun: "notice", Realm: access.Office, Owner: user}
}

// ways returns the setting of a user, empty but for her if there is none, and her browsers.
func ways(ctx context.Context, tx Tx, user id.User) (Setting, []Browser, error) {
	set := Setting{User: user}
	all, err := tx.NoticeSettings(ctx, []id.User{user})
	if err != nil {
		return set, nil, err
	}
	if len(all) > 0 {
		set = all[0]
	}
	browsers, err := tx.NoticeBrowsers(ctx, user)
	return set, browsers, err
}

// reachable asks whoever would send to an address.
func (s *Service) reachable(c Channel, address string) error {
	by, ok := s.Senders[c].(Checker)
	if !ok || address == "" {
		return nil
	}
	if err := by.Check(address); err != nil {
		return fault.Wrap(fault.Invalid, "notify.address", err).With("field", string(c))
	}
	return nil
}

const maxAddress = 2048

func (in Setting) check() error {
	bad := func(field string) error { return fault.New(fault.Invalid, "notify.field").With("field", field) }
	const day = 24 * 60
	_, err := time.LoadLocation(in.Zone)
	switch {
	case !slices.Contains([]Channel{Mail, Push, SMS}, in.Channel):
		return bad("channel")
	case in.Address == "" && in.Channel != Push || len(in.Address) > maxAddress:
		return bad("address")
	case in.Second != "" && (in.Second == in.Channel || !slices.Contains([]Channel{Mail, Push, SMS}, in.Second)):
		return bad("second")
	case (in.Second == "") != (in.SecondAddress == "") || len(in.SecondAddress) > maxAddress:
		return bad("second_address")
	case in.QuietFrom < 0 || in.QuietFrom >= day || in.QuietTo < 0 || in.QuietTo >= day:
		return bad("quiet")
	case in.Zone == "" || err != nil:
		return bad("zone")
	case in.Language == "":
		return bad("language")
	}
	return nil
}
