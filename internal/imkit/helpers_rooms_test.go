package imkit

// What tests of this package that are not converted yet use.

const roomGone = `{"RC":404,"RM":"Room not found","error":{"code":"ROOM_NOT_FOUND","message":"The specified room does not exist"}}`

func reported[T any](v T) Field[T] { return Field[T]{true, &v} }
