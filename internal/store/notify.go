package store

import (
	"context"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/store/rows"
)

var _ notify.Tx = (*Tx)(nil)

// AddNotice queues a notice.
func (tx *Tx) AddNotice(ctx context.Context, n notify.Notice) error {
	return explain(tx.q.AddNotice(ctx, rows.AddNoticeParams{
		ID: string(n.ID), Desk: string(n.Desk), UserID: string(n.User), Code: string(n.Code), Reference: n.Reference, Object: n.Object,
		Since: int64(n.Since), Urgent: n.Urgent, State: string(n.State), Attempts: n.Attempts, Next: int64(n.Next), Version: n.Version,
	}))
}

// SetNotice keeps what came of a notice, or drops it if nothing is to be tried any more: the log says what came of it.
// It fails with [fault.Stale] if its stored version is another.
func (tx *Tx) SetNotice(ctx context.Context, n notify.Notice) error {
	if n.State != notify.Queued {
		count, err := tx.q.DropNotice(ctx, rows.DropNoticeParams{Object: n.Object, ID: string(n.ID), Version: n.Version})
		return changed(count, err)
	}
	count, err := tx.q.SetNotice(ctx, rows.SetNoticeParams{
		Object: n.Object, ID: string(n.ID), State: string(n.State), Attempts: n.Attempts, Next: int64(n.Next), Version: n.Version,
	})
	return changed(count, err)
}

// DueNotices returns queued notices whose time has come, oldest first.
func (tx *Tx) DueNotices(ctx context.Context, now frame.Time, limit int) ([]notify.Notice, error) {
	all, err := tx.q.DueNotices(ctx, rows.DueNoticesParams{Next: int64(now), Limit: int32(limit)})
	return each(all, err, func(r rows.Notice) notify.Notice {
		return notify.Notice{
			ID: id.Notice(r.ID), Desk: id.Desk(r.Desk), User: id.User(r.UserID), Code: notify.Code(r.Code), Reference: r.Reference,
			Object: r.Object, Since: frame.Time(r.Since), Urgent: r.Urgent, State: notify.State(r.State), Attempts: r.Attempts,
			Next: frame.Time(r.Next), Version: r.Version,
		}
	})
}

// EndNotices drops the queued notices of an object.
func (tx *Tx) EndNotices(ctx context.Context, object string) error {
	return explain(tx.q.EndNotices(ctx, object))
}

// NoticeSettings returns how these users want to be reached.
func (tx *Tx) NoticeSettings(ctx context.Context, users []id.User) ([]notify.Setting, error) {
	var all []notify.Setting
	for _, u := range users {
		r, found, err := one(tx.q.NoticeSetting(ctx, string(u)))
		if err != nil {
			return nil, err
		}
		if found {
			all = append(all, notify.Setting{
				User: u, Channel: notify.Channel(r.Channel), Address: r.Address, QuietFrom: r.QuietFrom, QuietTo: r.QuietTo,
				Zone: r.Zone, Language: lang.Tag(r.Language), Second: notify.Channel(r.Second), SecondAddress: r.SecondAddress,
			})
		}
	}
	return all, nil
}

// SetNoticeSetting keeps how a user wants to be reached.
func (tx *Tx) SetNoticeSetting(ctx context.Context, s notify.Setting) error {
	return explain(tx.q.SetNoticeSetting(ctx, rows.SetNoticeSettingParams{
		UserID: string(s.User), Channel: string(s.Channel), Address: s.Address, QuietFrom: s.QuietFrom, QuietTo: s.QuietTo,
		Zone: s.Zone, Language: string(s.Language), Second: string(s.Second), SecondAddress: s.SecondAddress,
	}))
}

// NoticeBrowsers returns the browsers in which a user is told, oldest first.
func (tx *Tx) NoticeBrowsers(ctx context.Context, user id.User) ([]notify.Browser, error) {
	all, err := tx.q.NoticeBrowsers(ctx, string(user))
	return each(all, err, func(r rows.NoticeBrowser) notify.Browser {
		return notify.Browser{ID: id.Browser(r.ID), User: id.User(r.UserID), Address: r.Address, Made: frame.Time(r.Made)}
	})
}

// AddNoticeBrowser keeps a browser in which a user is told.
func (tx *Tx) AddNoticeBrowser(ctx context.Context, b notify.Browser) error {
	return explain(tx.q.AddNoticeBrowser(ctx, rows.AddNoticeBrowserParams{
		ID: string(b.ID), UserID: string(b.User), Address: b.Address, Made: int64(b.Made),
	}))
}

// DropNoticeBrowser forgets a browser of a user.
func (tx *Tx) DropNoticeBrowser(ctx context.Context, user id.User, browser id.Browser) error {
	return explain(tx.q.DropNoticeBrowser(ctx, rows.DropNoticeBrowserParams{UserID: string(user), ID: string(browser)}))
}
