package agent

import "context"

// task is a request by its row, and what comes of it.
type task interface {
	operation() *Operation
	asked() any // points to the request
	// do carries it out here. Its result, as the method of [Service] has it and as it is
	// on the wire, is there once that returned without an error.
	do(context.Context, Service) error
	result() any
	reply() any
	// receiver takes the result from the wire instead.
	receiver
}

// work is the task of an [op].
type work[Q, R, W any] struct {
	row     *op[Q, R, W]
	request Q
	made    R
	receipt[W]
}

func (w *work[Q, R, W]) operation() *Operation { return &w.row.Operation }
func (w *work[Q, R, W]) asked() any            { return &w.request }
func (w *work[Q, R, W]) result() any           { return w.made }
func (w *work[Q, R, W]) reply() any            { return w.row.toWire(w.made) }

func (w *work[Q, R, W]) do(ctx context.Context, s Service) (err error) {
	w.made, err = w.row.do(s, ctx, w.request)
	return err
}

func (w *work[Q, R, W]) receive(frame []byte) (held *notice, done bool, err error) {
	if r, ok := any(&w.request).(interface{ heard(part any) }); ok {
		w.heard = r.heard
	}
	if held, done, err = w.receipt.receive(frame); done {
		w.made = w.row.fromWire(w.receipt.result)
	}
	return held, done, err
}

// do is the method of a row.
func do[Q, R, W any](ctx context.Context, c *carry, o *op[Q, R, W], q Q) (R, error) {
	w := &work[Q, R, W]{row: o, request: q}
	if err := c.out(ctx, w); err != nil {
		var no R
		return no, err
	}
	return w.made, nil
}

// doOnly is do for an operation that returns nothing but an error.
func doOnly[Q, W any](ctx context.Context, c *carry, o *op[Q, none, W], q Q) error {
	_, err := do(ctx, c, o, q)
	return err
}
