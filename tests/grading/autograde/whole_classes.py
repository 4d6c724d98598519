"""SGD and Adam, each whole in its own cell, as notebooks of an earlier version of the lesson have them."""

SGD = """\
#| export
class SGD(Optimizer):

    def __init__(self, params: List[Tensor], lr: float=0.01, momentum: float=0.0, weight_decay: float=0.0) -> None:
        super().__init__(params)
        check_hyperparameters(lr=lr, momentum=momentum, weight_decay=weight_decay)
        self.lr, self.momentum, self.weight_decay = (float(lr), float(momentum), float(weight_decay))
        self.momentum_buffers = [None] * len(self.params)

    def step(self) -> None:
        self.step_count += 1
        for i, param in enumerate(self.params):
            grad = grad_array(param)
            if grad is None:
                continue
            if self.weight_decay:
                grad = grad + self.weight_decay * param.data
            if self.momentum:
                if self.momentum_buffers[i] is None:
                    self.momentum_buffers[i] = np.zeros_like(param.data)
                self.momentum_buffers[i] = array_like(self.momentum * self.momentum_buffers[i] + grad, param)
                grad = self.momentum_buffers[i]
            param.data = array_like(param.data - self.lr * grad, param)

    def has_momentum(self) -> bool:
        return self.momentum > 0

    def get_momentum_state(self) -> Optional[List]:
        if not self.has_momentum():
            return None
        return [None if buffer is None else buffer.copy() for buffer in self.momentum_buffers]

    def set_momentum_state(self, state: Optional[List]) -> None:
        if state is None or not self.has_momentum():
            return
        if len(state) != len(self.params):
            raise ValueError(f'state has {len(state)} velocities for {len(self.params)} parameters')
        restored = []
        for i, (param, buffer) in enumerate(zip(self.params, state)):
            if buffer is not None and np.shape(buffer) != param.data.shape:
                raise ValueError(f'state[{i}] has shape {np.shape(buffer)}, params[{i}] has shape {param.data.shape}')
            restored.append(None if buffer is None else np.array(buffer, dtype=param.data.dtype))
        self.momentum_buffers = restored
"""

ADAM = """\
#| export
class Adam(Optimizer):

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params)
        check_hyperparameters(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
        self.lr, self.eps, self.weight_decay = (float(lr), float(eps), float(weight_decay))
        self.beta1, self.beta2 = (float(betas[0]), float(betas[1]))
        self.m_buffers = [None] * len(self.params)
        self.v_buffers = [None] * len(self.params)

    def step(self) -> None:
        self.step_count += 1
        for i, param in enumerate(self.params):
            grad = grad_array(param)
            if grad is None:
                continue
            if self.weight_decay:
                grad = grad + self.weight_decay * param.data
            if self.m_buffers[i] is None:
                self.m_buffers[i] = np.zeros_like(param.data)
                self.v_buffers[i] = np.zeros_like(param.data)
            self.m_buffers[i] = array_like(self.beta1 * self.m_buffers[i] + (1 - self.beta1) * grad, param)
            self.v_buffers[i] = array_like(self.beta2 * self.v_buffers[i] + (1 - self.beta2) * grad ** 2, param)
            m_hat = self.m_buffers[i] / (1 - self.beta1 ** self.step_count)
            v_hat = self.v_buffers[i] / (1 - self.beta2 ** self.step_count)
            param.data = array_like(param.data - self.lr * m_hat / (np.sqrt(v_hat) + self.eps), param)
"""
