-- Fills ho_so_json from the tables of the simulated one-stop system (PostgreSQL): each dossier as one document with the
-- names of shape "json" (config/mapping.json-column.example.toml).
INSERT INTO ho_so_json (ma_ho_so, noi_dung, don_vi, cap_nhat_luc)
SELECT h.ma_ho_so, jsonb_build_object(
    'code', h.ma_ho_so,
    'procedure', h.ma_thu_tuc,
    'unit', h.don_vi,
    'channel', h.kenh,
    'applicant_name', h.chu_ho_so,
    'applicant_kind', h.loai_doi_tuong,
    'applicant_code', h.ma_doi_tuong,
    'applicant_extra', h.thong_tin_khac,
    'email', h.email,
    'fax', h.fax,
    'phone', h.dien_thoai,
    'summary', h.trich_yeu,
    'status', h.trang_thai,
    'submitted_at', h.ngay_nop,
    'received_at', h.ngay_tiep_nhan,
    'due_at', h.ngay_hen_tra,
    'finished_at', h.ngay_ket_thuc,
    'returned_at', h.ngay_tra,
    'refused_at', h.ngay_tu_choi,
    'return_note', h.thong_tin_tra,
    'handover', h.hinh_thuc_tra,
    'submitted_to', h.noi_nop,
    'digitised', h.so_hoa,
    'vneid', h.vneid,
    'online_payment', h.thanh_toan,
    'note', h.ghi_chu,
    'identities', CASE WHEN h.so_dinh_danh IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(jsonb_build_object('kind', h.loai_giay_to, 'number', h.so_dinh_danh)) END,
    'databases', (SELECT jsonb_agg(jsonb_build_object('database', k.ma_csdl)) FROM ket_noi k WHERE k.ho_so_id = h.id),
    'papers', (SELECT jsonb_agg(jsonb_build_object('id', g.ma_tep, 'component_code', g.ma_thanh_phan, 'file_name', g.ten_tep, 'link', g.duong_dan, 'digitised', g.so_hoa, 'reuse', g.tai_su_dung, 'from_store', g.kho_dmqg, 'replaces_result', g.ma_ket_qua_thay_the)) FROM giay_to_nop g WHERE g.ho_so_id = h.id),
    'results', (SELECT jsonb_agg(jsonb_build_object('id', k.ma_giay_to, 'result_code', k.ma_ket_qua, 'component_code', k.ma_thanh_phan, 'name', k.ten, 'link', k.duong_dan)) FROM ket_qua k WHERE k.ho_so_id = h.id),
    'fees', (SELECT jsonb_agg(jsonb_build_object('fee_code', l.ma, 'name', l.ten, 'moment', l.hinh_thuc_thu, 'amount_vnd', l.gia, 'kind', l.loai)) FROM le_phi l WHERE l.ho_so_id = h.id),
    'supplements', (SELECT jsonb_agg(jsonb_build_object('id', b.id, 'requested_at', b.ngay_yeu_cau, 'requested_by', b.nguoi_yeu_cau, 'request', b.noi_dung, 'received_at', b.ngay_tiep_nhan, 'received_by', b.nguoi_tiep_nhan, 'received_note', b.thong_tin_tiep_nhan, 'state', b.trang_thai, 'due_before', b.han_truoc, 'due_after', b.han_moi)) FROM bo_sung b WHERE b.ho_so_id = h.id),
    'attachments', (SELECT jsonb_agg(jsonb_build_object('name', g.ten, 'quantity', g.so_luong, 'kind', g.loai)) FROM giay_to_khac g WHERE g.ho_so_id = h.id),
    'steps', (SELECT jsonb_agg(jsonb_build_object('sequence', q.id, 'at', q.thoi_diem, 'handler', q.nguoi_xu_ly, 'position', q.chuc_danh, 'department', q.phong_ban, 'content', q.noi_dung, 'status', q.trang_thai, 'started_at', q.bat_dau, 'deadline', q.han)) FROM qua_trinh q WHERE q.ho_so_id = h.id)
), h.don_vi, h.cap_nhat_luc
FROM ho_so h
WHERE h.ma_ho_so IS NOT NULL;
