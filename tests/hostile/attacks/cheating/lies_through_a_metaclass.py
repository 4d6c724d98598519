"""Is a class whose metaclass lies about everything: its name, its signature, its bases, its instances.

says: .
"""


class Liar(type):
    __mro__ = __name__ = __signature__ = property(lambda cls: 1 / 0)

    def __instancecheck__(cls, value):
        return True

    def __eq__(cls, other):
        return True

    def __call__(cls, *args, **kwargs):
        return cls

    def __getattr__(cls, name):
        return cls

    __hash__ = type.__hash__


class Adam(metaclass=Liar):
    pass
