package api

import (
	"context"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
)

// DeviceLine is a browser that somebody has prepared for work without a network, in a list.
type DeviceLine struct {
	ID      id.Device   `json:"id"`
	User    id.User     `json:"user"`
	Desk    id.Desk     `json:"desk"`
	Role    access.Role `json:"role"`
	Made    frame.Time  `json:"made"`
	Ends    frame.Time  `json:"ends" doc:"When it deletes what it keeps"`
	Heard   frame.Time  `json:"heard" doc:"When it last sent something"`
	Ordered frame.Time  `json:"ordered,omitempty" doc:"When the discard was ordered"`
	Gone    frame.Time  `json:"gone,omitempty" doc:"When it said that nothing is left"`
}

func (a *API) listDevices(ctx context.Context, by keyring.Bearer, in *call.Listing) (*call.List[DeviceLine], error) {
	all, err := a.Devices.List(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	lines := make([]DeviceLine, len(all))
	for i, d := range all {
		lines[i] = DeviceLine{ID: d.ID, User: d.User, Desk: d.Desk, Role: d.Role, Made: d.Made, Ends: d.Ends, Heard: d.Heard, Ordered: d.Ordered, Gone: d.Gone}
	}
	return call.Paged(lines, in.Page, func(d DeviceLine) string { return string(d.ID) })
}

// OneDevice names a device.
type OneDevice struct {
	call.Session
	call.Once
	Device id.Device `path:"device" maxLength:"64"`
}

func (a *API) discardDevice(ctx context.Context, by keyring.Bearer, in *OneDevice) (*call.Nothing, error) {
	return nil, a.Devices.Discard(ctx, by.Actor, in.Device)
}
