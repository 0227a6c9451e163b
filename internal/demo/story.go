package demo

import "context"

func story(ctx context.Context, w *Network, t *trace) error { return nil }
